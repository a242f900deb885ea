/* How far each axis moves the mean of a metric, within what filters leave. */
(() => {
  "use strict";

  const { column, css, plain } = explorer;
  const { byName, data } = trials;
  const target = explorer.element("plot-tornado");
  const note = explorer.element("plot-tornado-note");
  const LEVELS = 12; // values of an axis that each have a mean; more are put together
  const BINS = 8;
  const BARS = 12;

  /* rows of each level of an axis, or of ranges of equally many rows, with their names */
  const parts = (axis, rows) => {
    const levels = explorer.levels(axis, rows);
    if (levels.length <= LEVELS || !axis.number) {
      const groups = explorer.grouped(rows, axis.value);
      return levels.map((level) => [trials.shown(axis, level), groups.get(level)]);
    }
    const ordered = [...rows].sort((a, b) => axis.value(a) - axis.value(b));
    return Array.from({ length: BINS }, (_, k) => {
      const edge = (j) => Math.floor((j * ordered.length) / BINS);
      const some = ordered.slice(edge(k), edge(k + 1));
      const ends = [some[0], some[some.length - 1]].map((row) => trials.text(axis, row));
      return [ends.join(" to "), some];
    }).filter(([, some]) => some.length);
  };

  const bars = (metric, rows) => {
    const names = [...Object.keys(data.groups), ...(explorer.ages > 1 ? ["age"] : [])];
    return names.filter((name) => name !== metric.name).map((name) => {
      const known = rows.filter((row) => !byName[name].number || !Number.isNaN(byName[name].value(row)));
      const means = parts(byName[name], known).map(([text, some]) => (
        { text, mean: explorer.mean(some.map(metric.value)), count: some.length }));
      means.sort((a, b) => a.mean - b.mean);
      return { name, low: means[0], high: means[means.length - 1], levels: means.length };
    }).filter((bar) => bar.levels > 1)
      .sort((a, b) => (b.high.mean - b.low.mean) - (a.high.mean - a.low.mean)).slice(0, BARS);
  };

  let shown = [];
  const draw = () => {
    const metric = column("y");
    const rows = metric.number ? explorer.rows([metric]) : [];
    shown = rows.length ? bars(metric, rows).reverse() : [];
    const middle = rows.length ? explorer.mean(rows.map(metric.value)) : 0;
    note.textContent = shown.length
      ? `Each bar goes from the lowest to the highest mean of ${explorer.label(metric.name)} over the `
        + "values of an axis, of the rows that are there and that filters leave; the line is the mean of all."
      : "Nothing that varies moves a number here.";
    const ends = [shown.map((bar) => bar.low.mean), shown.map((bar) => bar.high.mean)];
    const axis = { ...explorer.axis(metric, rows), type: "linear" };
    const traces = [{ type: "bar", orientation: "h", y: shown.map((bar) => plain(explorer.label(bar.name))),
      base: ends[0], x: ends[1].map((high, k) => high - ends[0][k]), hoverinfo: "none",
      marker: { color: css("--c1") }, width: 0.6 }];
    return Plotly.react(target, traces, explorer.layout({
      xaxis: axis, yaxis: { automargin: true, ticks: "", fixedrange: true }, height: 120 + 34 * shown.length,
      shapes: shown.length ? [{ type: "line", x0: middle, x1: middle, yref: "paper", y0: 0, y1: 1,
        line: { color: css("--ink"), width: 1.2, dash: "dot" } }] : [],
    }), explorer.config);
  };

  const start = () => {
    target.on("plotly_hover", (event) => {
      const bar = shown[event.points[0].pointIndex];
      const told = (end) => `${trials.shown(column("y"), end.mean)} at ${end.text} (${end.count} rows)`;
      explorer.tell(event.event, [[explorer.label(bar.name), ""], ["lowest", told(bar.low)], ["highest", told(bar.high)]]);
    });
    target.on("plotly_unhover", explorer.untell);
  };
  explorer.plots.push({ target, draw, start });
})();
