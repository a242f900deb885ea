(() => {
  "use strict";

  const button = (text, className) => {
    const element = document.createElement("button");
    element.type = "button";
    element.textContent = text;
    element.className = className;
    return element;
  };

  const addThemeToggle = () => {
    const root = document.documentElement;
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
    const toggle = button("", "theme");
    const label = () => { toggle.textContent = isDark() ? "Light" : "Dark"; };
    toggle.title = "Switch between light and dark";
    toggle.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      label();
    });
    system.addEventListener("change", label);
    label();
    document.querySelector("header").append(toggle);
  };

  const addCopyButtons = () => {
    for (const text of document.querySelectorAll("pre")) {
      const copy = button("Copy", "copy");
      copy.addEventListener("click", () => {
        const said = (word) => {
          copy.textContent = word;
          setTimeout(() => { copy.textContent = "Copy"; }, 1500);
        };
        const selectInstead = () => {
          window.getSelection().selectAllChildren(text);
          said("Selected");
        };
        if (navigator.clipboard) {
          navigator.clipboard.writeText(text.textContent).then(() => said("Copied"), selectInstead);
        } else {
          selectInstead();
        }
      });
      text.before(copy);
    }
  };

  const value = (row, column) => {
    const cell = row.cells[column];
    const number = Number(cell.dataset.sort);
    return "sort" in cell.dataset ? number : cell.textContent;
  };

  const compare = (a, b) => {
    if (typeof a === "string" || typeof b === "string") {
      return String(a).localeCompare(String(b), undefined, { numeric: true });
    }
    return (Number.isNaN(a) - Number.isNaN(b)) || a - b || 0;
  };

  const sortBy = (head, column) => {
    const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    const body = head.closest("table").tBodies[0];
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...body.rows].sort((a, b) => sign * compare(value(a, column), value(b, column)));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    body.append(...rows);
  };

  const makeSortable = (table) => {
    if (table.tBodies[0].rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const control = button(head.textContent, "sort");
      control.addEventListener("click", () => sortBy(head, column));
      head.replaceChildren(control);
    });
  };

  addThemeToggle();
  addCopyButtons();
  document.querySelectorAll("table").forEach(makeSortable);
})();
