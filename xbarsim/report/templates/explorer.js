/* What the plots have in common: what they show, how it looks, and what is told of a dot. */
const explorer = (() => {
  "use strict";

  const { data, byName, state } = trials;
  const element = (id) => document.getElementById(id);
  const ages = byName.age?.levels?.filter((age) => !Number.isNaN(age)).length ?? 0;
  const varying = [...Object.keys(data.groups), ...(ages > 1 ? ["age"] : []), ...data.shown];
  const label = (name) => data.groups[name] ?? name;

  /* plotly reads markup in its texts; ours have none */
  const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

  const fields = ["x", "y", "colour", "front", "task", "dots"];
  const select = Object.fromEntries(fields.map((name) => [name, element(`plot-${name}`)]));
  const offer = (field, names, chosen) => {
    field.replaceChildren(...names.map(([value, text]) => new Option(text, value)));
    field.value = chosen;
  };
  const named = (names) => names.map((name) => [name, label(name)]);
  const places = varying.length ? varying : ["trial"];
  offer(select.x, named([...new Set([...places, "trial", data.x])]), data.x);
  offer(select.y, named([...new Set([...places, data.y])]), data.y);
  offer(select.colour, [["", "one colour"], ...named(varying)], data.colour);
  const tasks = byName.task.levels.filter(Boolean);
  offer(select.task, tasks.map((task) => [task, task]), tasks[0]);
  element("plot-task-label").hidden = tasks.length < 2;
  const MANY = 1500; // dots from which WebGL draws them
  /* the best of many chips are lucky ones: where trials are many, points are compared */
  const points = new Set(trials.every.map(byName.point.value));
  if (data.rows > MANY && data.rows > 2 * points.size) select.dots.value = "points";
  const better = () => {
    const signs = [data.better[select.x.value], data.better[select.y.value]];
    select.front.value = signs.every(Boolean) ? signs.join(" ") : "";
  };
  better();

  const column = (which) => byName[select[which].value];
  const task = () => tasks.indexOf(select.task.value);
  /* rows that are drawn: of `some` those of the chosen task, with values in all of `needed` */
  const rows = (needed, some = Array.from(state.active)) => {
    const of = byName.task.levels.indexOf(tasks[task()]);
    const known = (row) => needed.every((c) => !c.number || !Number.isNaN(c.value(row)));
    return some.filter((row) => byName.task.of[row] === of && known(row));
  };

  const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const grouped = (items, key) => {
    const groups = new Map();
    for (const item of items) {
      const name = key(item);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(item);
    }
    return groups;
  };

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () => [1, 2, 3, 4, 5, 6, 7].map((k) => css(`--c${k}`));
  const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark";
  /* light to dark on a light page, and the other way: it reads in grey */
  const ramp = () => [isDark() ? "--c1" : "--c6", isDark() ? "--c6" : "--c1", "--ink"].map(css);

  const collator = new Intl.Collator(undefined, { numeric: true });
  const levels = (column, some) => {
    const found = [...new Set(some.map((row) => column.value(row)))];
    return found.sort(column.number ? (a, b) => a - b : collator.compare);
  };
  const isLog = (column, values) => {
    if (!column.number || column.unit === "%") return false;
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return low > 0 && high > 8 * low;
  };
  const title = (column) => {
    const unit = column.unit && !column.symbol && column.unit !== "%" ? ` / ${column.unit}` : "";
    return label(column.name) + unit;
  };
  /* a plotly axis for the values of a column */
  const axis = (column, some) => {
    const look = { title: { text: plain(title(column)) }, gridcolor: css("--grid"), zeroline: false,
      linecolor: css("--muted"), automargin: true, exponentformat: "SI", hoverformat: "" };
    if (!column.number) {
      return { ...look, type: "category", categoryorder: "array",
        categoryarray: levels(column, some).map(plain) };
    }
    const log = isLog(column, some.map((row) => column.value(row)));
    if (column.labels) {
      const at = column.levels.map((level, k) => [level, column.labels[k]]).filter(([, t]) => t);
      return { ...look, type: log ? "log" : "linear", tickvals: at.map(([v]) => v),
        ticktext: at.map(([, t]) => t) };
    }
    return { ...look, type: log ? "log" : "linear", ticksuffix: column.symbol,
      tickformat: column.unit === "%" ? "~%" : "" };
  };
  const layout = (more) => ({
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
    font: { color: css("--ink"), family: getComputedStyle(document.body).fontFamily, size: 12 },
    margin: { l: 60, r: 20, t: 16, b: 50 }, modebar: { bgcolor: "rgba(0,0,0,0)",
      color: css("--muted"), activecolor: css("--ink") }, ...more,
  });
  const config = { displaylogo: false, responsive: true, scrollZoom: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "toImage", "autoScale2d"] };

  /* lines beside the pointer */
  const tip = element("plot-tip");
  const tell = (event, lines) => {
    tip.replaceChildren(...lines.map(([name, value]) => {
      const line = document.createElement("div");
      const head = document.createElement("span");
      head.textContent = name;
      line.append(head, ` ${value}`);
      return line;
    }));
    tip.hidden = false;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(room, event.clientX + 14))}px`;
    const below = event.clientY + 14;
    const fits = below + tip.offsetHeight < window.innerHeight;
    tip.style.top = `${fits ? below : Math.max(8, event.clientY - tip.offsetHeight - 14)}px`;
  };
  const untell = () => { tip.hidden = true; };
  const MOST = 14; // lines
  /* what is told of a dot: of a row, or of the mean of several that the first stands for */
  const facts = (row, some = [row]) => {
    const which = [["point", byName.point.value(row)],
      some.length > 1 ? ["mean of", `${some.length} trials`] : ["trial", byName.trial.value(row)]];
    const text = (c) => {
      if (some.length < 2 || c.role !== "metric" || !c.number) return trials.text(c, row);
      const known = some.map(c.value).filter((value) => !Number.isNaN(value));
      return known.length ? trials.shown(c, mean(known)) : "–";
    };
    const first = [...(tasks.length > 1 ? ["task"] : []), ...(ages > 1 ? ["age"] : []),
      ...Object.keys(data.groups), ...["x", "y", "colour"].map((name) => select[name].value)];
    const names = [...new Set([...first, ...data.shown])].filter((name) => byName[name] && name !== "trial");
    const told = names.map((name) => [label(name), text(byName[name])]);
    return [...which, ...told.filter(([, value]) => value !== "–")].slice(0, MOST);
  };

  return { element, select, better, column, rows, mean, grouped, css, palette, ramp, levels, isLog,
    axis, layout, config, plain, label, title, tell, untell, facts, ages, varying, MANY, plots: [] };
})();
