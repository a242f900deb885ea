/* Trials, or means of points, as dots; the Pareto front over them. */
(() => {
  "use strict";

  const { select, column, css, plain } = explorer;
  const { byName, state } = trials;
  const target = explorer.element("plot-scatter");
  const note = explorer.element("plot-scatter-note");
  const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star"];
  const MOST = 3000; // dots without WebGL
  let gl; // whether there is WebGL: asked once it matters, since the answer takes a while
  const hasGl = () => {
    try {
      gl ??= Boolean(document.createElement("canvas").getContext("webgl"));
    } catch {
      gl = false;
    }
    return gl;
  };

  /* a dot: x, y, and the row that stands for it */
  const dots = () => {
    const [x, y] = [column("x"), column("y")];
    const rows = explorer.rows([x, y]);
    const at = (c, row) => (c.number ? c.value(row) : plain(c.value(row)));
    if (select.dots.value === "trials") {
      return rows.map((row) => ({ x: at(x, row), y: at(y, row), row, rows: [row] }));
    }
    const key = (row) => `${byName.point.value(row)} ${byName.age.value(row)}`;
    return [...explorer.grouped(rows, key).values()].map((some) => {
      const middle = (c) => (c.number ? explorer.mean(some.map((row) => c.value(row))) : at(c, some[0]));
      return { x: middle(x), y: middle(y), row: some[0], rows: some };
    });
  };

  /* dots that no other beats; `signs` are 1 where more is better, -1 where less is */
  const front = (some, signs) => {
    const [a, b] = signs;
    const ordered = [...some].sort((p, q) => a * (q.x - p.x) || b * (q.y - p.y));
    let best = -Infinity;
    return ordered.filter((dot) => {
      const better = b * dot.y > best;
      if (better) best = b * dot.y;
      return better;
    });
  };

  const trace = (some, more) => ({
    type: some.length > explorer.MANY && hasGl() ? "scattergl" : "scatter", mode: "markers",
    x: some.map((dot) => dot.x), y: some.map((dot) => dot.y), customdata: some.map((dot) => dot.row),
    hoverinfo: "none", ...more,
  });
  const size = (count) => (count > 3000 ? 4 : count > 400 ? 6 : 8);

  const coloured = (some) => {
    const colour = byName[select.colour.value];
    const look = { size: size(some.length), opacity: 0.8 };
    if (!colour) return [trace(some, { showlegend: false, marker: { ...look, color: css("--c1") } })];
    const kinds = explorer.levels(colour, some.map((dot) => dot.row));
    if (kinds.length <= SYMBOLS.length) {
      const colours = explorer.palette();
      const groups = explorer.grouped(some, (dot) => colour.value(dot.row));
      return kinds.map((kind, k) => trace(groups.get(kind), {
        name: plain(trials.shown(colour, kind)), marker: { ...look, color: colours[k], symbol: SYMBOLS[k] },
      }));
    }
    const values = some.map((dot) => (colour.number ? colour.value(dot.row) : kinds.indexOf(colour.value(dot.row))));
    const log = colour.number && explorer.isLog(colour, values);
    const [low, middle, high] = explorer.ramp();
    const ends = [kinds[0], kinds[kinds.length - 1]];
    const place = (value) => (log ? Math.log10(value) : value);
    const at = colour.number ? ends.map(place) : [0, kinds.length - 1];
    return [trace(some, { showlegend: false, marker: { ...look, color: values.map(place),
      colorscale: [[0, low], [0.5, middle], [1, high]], cmin: at[0], cmax: at[1], showscale: true,
      colorbar: { title: { text: plain(explorer.label(colour.name)), side: "right" }, thickness: 12,
        outlinewidth: 0, tickvals: at, ticktext: ends.map((end) => plain(trials.shown(colour, end))) } } })];
  };

  /* dots of the first age of their point: an older chip is no other design */
  const fresh = (some) => {
    if (explorer.ages < 2) return some;
    const first = new Map();
    for (const { row } of some) {
      const point = byName.point.value(row);
      first.set(point, Math.min(first.get(point) ?? Infinity, byName.age.value(row)));
    }
    return some.filter(({ row }) => byName.age.value(row) === first.get(byName.point.value(row)));
  };

  const frontOf = (some) => {
    const signs = select.front.value.split(" ").map(Number);
    if (signs.length < 2 || !column("x").number || !column("y").number) return [];
    const best = front(fresh(some), signs);
    return [trace(best, { type: "scatter", mode: "lines+markers", name: "Pareto front",
      line: { color: css("--ink"), width: 1.5, shape: signs[0] < 0 ? "hv" : "vh" },
      marker: { size: 7, color: "rgba(0,0,0,0)", line: { color: css("--ink"), width: 1.5 } } })];
  };
  const currentOf = (some) => {
    const own = some.filter((dot) => dot.row === state.current
      || (select.dots.value === "points" && state.current !== null
        && byName.point.value(dot.row) === byName.point.value(state.current)));
    return [trace(own, { type: "scatter", showlegend: false, marker: { size: 16,
      color: "rgba(0,0,0,0)", line: { color: css("--c2"), width: 3 } } })];
  };

  let members = new Map(); // rows of the dot that a row stands for
  const draw = () => {
    const all = dots();
    members = new Map(all.map((dot) => [dot.row, dot.rows]));
    const step = all.length <= MOST || hasGl() ? 1 : Math.ceil(all.length / MOST);
    const some = all.filter((_, k) => k % step === 0);
    const rows = some.map((dot) => dot.row);
    note.textContent = [
      `${some.length.toLocaleString("en")}${step > 1 ? ` of ${all.length.toLocaleString("en")}` : ""} `
      + `${select.dots.value === "trials" ? "rows" : trials.isFiltered() ? "means over the trials that filters leave" : "means over trials"}.`,
      step > 1 ? "This browser has no WebGL, so not all are drawn." : "",
      explorer.ages > 1 && select.front.value !== "" ? "The front is of the first age of each point." : "",
      "Drag to zoom, double click to see all, click a dot for its scenario.",
    ].join(" ");
    const traces = [...coloured(some), ...frontOf(some), ...currentOf(some)];
    const look = explorer.layout({
      xaxis: explorer.axis(column("x"), rows), yaxis: explorer.axis(column("y"), rows),
      uirevision: `${select.x.value} ${select.y.value}`, showlegend: traces.some((t) => t.name),
      legend: { orientation: "h", y: -0.22, title: { text: plain(explorer.label(select.colour.value)) } },
    });
    return Plotly.react(target, traces, look, explorer.config);
  };

  const start = () => {
    const row = (event) => event.points[0].customdata;
    target.on("plotly_hover", (event) => explorer.tell(event.event, explorer.facts(row(event), members.get(row(event)))));
    target.on("plotly_unhover", explorer.untell);
    target.on("plotly_click", (event) => trials.select(row(event)));
  };
  explorer.plots.push({ target, draw, start, onSelect: true });
})();
