/* The metric against age: a line for each point, means over its trials. */
(() => {
  "use strict";

  const { column, css } = explorer;
  const { byName, state } = trials;
  if (explorer.ages < 2) {
    explorer.element("drift-part").remove();
    return;
  }
  const target = explorer.element("plot-drift");
  const note = explorer.element("plot-drift-note");
  const LINES = 300;

  /* the means of a point by age, in order */
  const line = (rows, metric) => [...explorer.grouped(rows, byName.age.value)]
    .sort(([a], [b]) => a - b)
    .map(([age, some]) => ({ x: age, y: explorer.mean(some.map(metric.value)), row: some[0], rows: some }));
  const joined = (lines) => lines.flatMap((dots) => [...dots, { x: null, y: null, row: null }]);
  const trace = (lines, look, dot) => {
    const dots = joined(lines);
    return { type: "scatter", mode: "lines+markers", x: dots.map((d) => d.x), y: dots.map((d) => d.y),
      customdata: dots.map((d) => d.row), hoverinfo: "none", line: look, marker: { size: dot, color: look.color } };
  };

  let members = new Map(); // rows of the dot that a row stands for
  const draw = () => {
    const metric = column("y").number && column("y").name !== "age" ? column("y") : byName[trials.data.y];
    const rows = explorer.rows([metric, byName.age]);
    const points = [...explorer.grouped(rows, byName.point.value).values()];
    const step = Math.ceil(points.length / LINES) || 1;
    const lines = points.filter((_, k) => k % step === 0).map((some) => line(some, metric));
    const current = state.current === null ? null : byName.point.value(state.current);
    const own = points.filter((some) => byName.point.value(some[0]) === current).map((some) => line(some, metric));
    note.textContent = `A line for each point, means over ${trials.isFiltered() ? "those of its trials that filters leave" : "its trials"}${step > 1
      ? `; ${lines.length} of ${points.length} are drawn` : ""}. A click shows its scenario.`;
    members = new Map([...lines, ...own].flat().map((dot) => [dot.row, dot.rows]));
    const many = lines.length > 40;
    return Plotly.react(target, [
      trace(lines, { color: css(many ? "--c6" : "--c1"), width: many ? 0.7 : 1.3 }, many ? 3 : 5),
      trace(own, { color: css("--c2"), width: 3.5 }, 8),
    ], explorer.layout({ xaxis: explorer.axis(byName.age, rows), yaxis: explorer.axis(metric, rows),
      showlegend: false, height: 340 }), explorer.config);
  };

  const start = () => {
    const told = (row) => explorer.facts(row, members.get(row));
    target.on("plotly_hover", (event) => explorer.tell(event.event, told(event.points[0].customdata)));
    target.on("plotly_unhover", explorer.untell);
    target.on("plotly_click", (event) => trials.select(event.points[0].customdata));
  };
  explorer.plots.push({ target, draw, start, onSelect: true });
})();
