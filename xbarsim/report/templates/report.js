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

  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("role", "status");
  document.body.append(status);

  const value = (cell) => ("sort" in cell.dataset ? Number(cell.dataset.sort) : cell.textContent);

  const compare = (a, b) => {
    if (typeof a === "string" || typeof b === "string") {
      return String(a).localeCompare(String(b), undefined, { numeric: true });
    }
    return (Number.isNaN(a) - Number.isNaN(b)) || a - b || 0;
  };

  const sortBy = (head, column) => {
    const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    const table = head.closest("table");
    const body = table.tBodies[0];
    const sign = order === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
    rows.sort(([a], [b]) => sign * compare(a, b));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    body.append(...rows.map(([, row]) => row));
    table.dispatchEvent(new Event("sorted"));
    status.textContent = `Sorted by ${head.textContent}, ${order}`;
  };

  const makeSortable = (table) => {
    if (table.tBodies[0].rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const control = button(head.textContent, "sort");
      control.addEventListener("click", () => sortBy(head, column));
      head.replaceChildren(control);
    });
  };

  const MOST = 500; // rows shown at once, so that a filter answers at once
  const PREFIX = { f: 1e-15, p: 1e-12, n: 1e-9, u: 1e-6, "µ": 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9 };
  const UNIT = { "%": 0.01, min: 60, h: 3600, day: 86400, year: 31557600 };
  const TESTS = {
    "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
    "=": (a, b) => Math.abs(a - b) <= 1e-9 * Math.abs(b),
  };

  const scale = (unit) => {
    if (unit in UNIT) return UNIT[unit];
    const found = /^([fpnuµmkMG]?)(?:J|V|A|S|s|W|Hz|K|m|Ω|ohm)?$/.exec(unit);
    return found ? PREFIX[found[1]] ?? 1 : NaN;
  };

  /* Whether a row meets one term: `column > number`, or text anywhere in it. */
  const condition = (term, heads) => {
    const found = /^(.+?)\s*(<=|>=|<|>|=)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(\S*)$/i.exec(term);
    const name = found ? found[1].toLowerCase() : "";
    const exact = heads.indexOf(name);
    const column = exact >= 0 ? exact : heads.findIndex((head) => head.includes(name));
    const bound = found ? Number(found[3]) * scale(found[4]) : NaN;
    if (!found || column < 0 || Number.isNaN(bound)) return (row) => row.text.includes(term.toLowerCase());
    return (row) => TESTS[found[2]](row.numbers[column], bound);
  };

  const number = (cell) => ("sort" in cell.dataset ? Number(cell.dataset.sort) : parseFloat(cell.textContent));

  const makeFilterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    if (rows.length <= 8) return;
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.toLowerCase());
    const known = new Map();
    const read = (row) => {
      if (!known.has(row)) {
        known.set(row, { text: row.textContent.toLowerCase(), numbers: [...row.cells].map(number) });
      }
      return known.get(row);
    };
    let most = MOST;
    const all = button("Show all", "all");
    const box = document.createElement("input");
    const count = document.createElement("output");
    const holder = document.createElement("div");
    holder.className = "filter";
    box.type = "search";
    box.placeholder = "Filter: text, or column > number";
    box.setAttribute("aria-label", "Filter the rows of the table");
    box.title = "Text anywhere in a row, or a column and a number, like accuracy > 90 %; "
      + "a comma between terms that shall all hold. Esc clears.";
    count.setAttribute("aria-live", "polite");
    const apply = () => {
      const terms = box.value.split(",").map((term) => term.trim()).filter(Boolean);
      const tests = terms.map((term) => condition(term, heads));
      let found = 0;
      for (const row of table.tBodies[0].rows) {
        const keeps = tests.every((test) => test(read(row)));
        found += keeps;
        row.hidden = !keeps || found > most;
      }
      const told = tests.length ? `${found} of ${rows.length} rows` : `${rows.length} rows`;
      count.textContent = found > most ? `${told}, the first ${most} shown` : told;
      all.hidden = found <= most;
      holder.classList.toggle("active", tests.length > 0);
    };
    box.addEventListener("input", apply);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      box.value = "";
      apply();
    });
    const showAll = () => {
      most = Infinity;
      apply();
    };
    all.addEventListener("click", showAll);
    table.addEventListener("sorted", apply);
    window.addEventListener("beforeprint", showAll);
    apply();
    holder.append(box, count, all);
    table.closest(".scroll").before(holder);
  };

  const addZoom = () => {
    const dialog = document.createElement("dialog");
    const close = button("Close", "close");
    const place = document.createElement("div");
    place.className = "large";
    close.addEventListener("click", () => dialog.close());
    dialog.append(close, place);
    document.body.append(dialog);
    for (const plot of document.querySelectorAll("figure > .plot")) {
      const picture = plot.querySelector("svg");
      const title = picture.getAttribute("aria-label");
      const open = button("Enlarge", "enlarge");
      open.setAttribute("aria-label", `Enlarge: ${title}`);
      const show = () => {
        dialog.setAttribute("aria-label", title);
        plot.style.height = `${plot.offsetHeight}px`;
        place.replaceChildren(picture);
        dialog.addEventListener("close", () => {
          plot.append(picture);
          plot.style.height = "";
        }, { once: true });
        dialog.showModal();
      };
      open.addEventListener("click", show);
      plot.addEventListener("click", show);
      plot.after(open);
    }
  };

  addThemeToggle();
  addCopyButtons();
  addZoom();
  for (const table of document.querySelectorAll("table")) {
    makeFilterable(table);
    makeSortable(table);
  }
})();
