/* The table of trials: only the rows in sight are elements, so that ten thousand stay quick. */
(() => {
  "use strict";

  const HEIGHT = 28; // of a row, as the style sheet has it
  const BEYOND = 8; // rows beyond both edges
  const frame = document.getElementById("trials-frame");
  const count = document.getElementById("trials-count");
  const reset = document.getElementById("trials-clear");
  const { columns, state } = trials;
  let order = state.active;
  let sorted = { column: null, sign: 1 };
  let focused = 0; // place in `order` of the row that Tab reaches

  const made = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  /* head: a button that sorts, and under it a field that filters */
  const inputs = [];
  const head = (column) => {
    const unit = column.unit && column.role !== "key" ? ` / ${column.unit}` : "";
    const sort = made("button", { type: "button", className: "sort", textContent: column.name });
    sort.title = `${column.name}${unit}`;
    sort.addEventListener("click", () => sortBy(column));
    const field = made("input", { type: "search", placeholder: column.number ? "> 0" : "text",
      ariaLabel: `Filter ${column.name}`, spellcheck: false, autocomplete: "off" });
    field.addEventListener("input", () => {
      field.setAttribute("aria-invalid", String(!trials.filter(column, field.value)));
    });
    inputs.push(field);
    const cell = made("th", { scope: "col", className: column.number ? "number" : "" }, sort, field);
    cell.style.width = `${width(column)}ch`;
    return cell;
  };
  const width = (column) => {
    const some = Math.min(60, trials.data.rows);
    const lengths = Array.from({ length: some }, (_, k) => {
      return trials.text(column, Math.floor((k * trials.data.rows) / some)).length;
    });
    return 3 + Math.min(40, Math.max(7, column.name.length, ...lengths));
  };

  const heads = columns.map(head);
  const body = made("tbody");
  const table = made("table", { className: "trials" }, made("thead", {}, made("tr", {}, ...heads)), body);
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Trials");
  frame.append(table);

  const sortBy = (column) => {
    sorted = { column, sign: sorted.column === column ? -sorted.sign : 1 };
    columns.forEach((other, k) => {
      if (other !== column) heads[k].removeAttribute("aria-sort");
      else heads[k].setAttribute("aria-sort", sorted.sign > 0 ? "ascending" : "descending");
    });
    arrange();
  };
  /* what stands for a row when it is sorted: missing values come last either way */
  const keys = (column) => {
    if (column.number) return (row) => column.value(row);
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const ranks = new Map([...column.levels].sort(compare).map((level, rank) => [level, rank]));
    return (row) => (column.value(row) === "" ? Number(undefined) : ranks.get(column.value(row)));
  };
  const arrange = () => {
    order = state.active;
    if (sorted.column) {
      const key = keys(sorted.column);
      const of = Float64Array.from(order, key);
      const places = Uint32Array.from(of.keys());
      places.sort((a, b) => Number.isNaN(of[a]) - Number.isNaN(of[b]) || sorted.sign * (of[a] - of[b]) || a - b);
      order = places.map((place) => state.active[place]);
    }
    focused = Math.max(0, order.indexOf(state.current));
    const total = trials.data.rows.toLocaleString("en");
    count.textContent = trials.isFiltered()
      ? `${order.length.toLocaleString("en")} of ${total} rows` : `${total} rows`;
    reset.hidden = !trials.isFiltered();
    table.setAttribute("aria-rowcount", order.length + 1);
    draw();
  };

  /* rows from `first` to `last`, and empty space for the others */
  const row = (place) => {
    const number = order[place];
    const cells = columns.map((column) => made("td", { className: column.number ? "number" : "",
      textContent: trials.text(column, number), title: trials.exact(column, number) }));
    const element = made("tr", { tabIndex: place === focused ? 0 : -1 }, ...cells);
    element.setAttribute("aria-rowindex", place + 2);
    element.setAttribute("aria-selected", String(number === state.current));
    element.dataset.place = place;
    if (trials.byName.error?.value(number)) element.classList.add("failed");
    return element;
  };
  const space = (rows) => {
    const cell = made("td", { colSpan: columns.length });
    cell.style.height = `${rows * HEIGHT}px`;
    const element = made("tr", { className: "space", hidden: rows === 0 }, cell);
    element.setAttribute("aria-hidden", "true");
    return element;
  };
  const draw = () => {
    const first = Math.max(0, Math.floor(frame.scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(order.length, first + Math.ceil(frame.clientHeight / HEIGHT) + 2 * BEYOND);
    const held = body.contains(document.activeElement) || document.activeElement === frame;
    const rows = Array.from({ length: Math.max(0, last - first) }, (_, k) => row(first + k));
    body.replaceChildren(space(first), ...rows, space(Math.max(0, order.length - last)));
    if (held) (body.querySelector('tr[tabindex="0"]') ?? frame).focus({ preventScroll: true });
  };

  const goTo = (place) => {
    focused = Math.max(0, Math.min(order.length - 1, place));
    const top = focused * HEIGHT;
    const room = frame.clientHeight - table.tHead.offsetHeight - HEIGHT;
    if (top < frame.scrollTop) frame.scrollTop = top;
    else if (top > frame.scrollTop + room) frame.scrollTop = top - room;
    draw();
    body.querySelector('tr[tabindex="0"]')?.focus({ preventScroll: true });
    if (state.current !== null) trials.select(order[focused]);
  };
  const page = () => Math.max(1, Math.floor(frame.clientHeight / HEIGHT) - 3);
  const MOVES = {
    ArrowDown: () => focused + 1, ArrowUp: () => focused - 1, Home: () => 0,
    End: () => order.length - 1, PageDown: () => focused + page(), PageUp: () => focused - page(),
  };
  frame.addEventListener("keydown", (event) => {
    if (event.target.closest("thead")) return;
    if (event.key === "Enter" || event.key === " ") trials.select(order[focused]);
    else if (MOVES[event.key]) goTo(MOVES[event.key]());
    else return;
    event.preventDefault();
  });
  body.addEventListener("click", (event) => {
    const place = event.target.closest("tr")?.dataset.place;
    if (place === undefined) return;
    focused = Number(place);
    trials.select(order[focused]);
  });

  let waiting = false;
  frame.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  });
  window.addEventListener("resize", draw);

  reset.addEventListener("click", () => {
    inputs.forEach((field) => {
      field.value = "";
      field.removeAttribute("aria-invalid");
    });
    trials.clear();
  });

  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  document.getElementById("trials-csv").addEventListener("click", () => {
    const lines = [columns.map((column) => quoted(column.name)).join(",")];
    for (const number of order) {
      lines.push(columns.map((column) => quoted(trials.exact(column, number))).join(","));
    }
    trials.save(`${trials.data.name}-rows.csv`, `${lines.join("\n")}\n`, "text/csv");
  });

  trials.save = (name, content, type) => {
    const link = made("a", { download: name.replaceAll(/[^\w.-]+/g, "-") });
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  trials.on("filter", () => {
    frame.scrollTop = 0;
    arrange();
  });
  trials.on("select", () => {
    if (state.current !== null && order[focused] !== state.current) focused = Math.max(0, order.indexOf(state.current));
    draw();
  });
  trials.focusRow = () => goTo(focused);
  arrange();
})();
