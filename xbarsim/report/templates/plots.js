/* When plots are drawn: once in sight, and again when what they show has changed. */
(() => {
  "use strict";

  const due = new Set();
  const seen = new Set();
  let waiting = false;

  const PAUSE = 20; // ms, in which the table is painted and another letter may be typed

  /* one plot a frame, so that the page goes on answering */
  const work = async () => {
    waiting = false;
    const plot = explorer.plots.find((one) => due.has(one) && seen.has(one));
    if (!plot) return;
    due.delete(plot);
    if (plot.start && !plot.begun) plot.target.replaceChildren();
    await plot.draw();
    if (plot.start && !plot.begun) plot.start();
    plot.begun = true;
    explorer.drawn = (explorer.drawn ?? 0) + 1;
    plan();
  };
  const plan = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => setTimeout(work, PAUSE));
  };
  const redraw = (which = () => true) => {
    explorer.plots.filter(which).forEach((plot) => due.add(plot));
    plan();
  };
  explorer.isIdle = () => !waiting && !explorer.plots.some((one) => due.has(one) && seen.has(one));

  const begin = () => {
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const plot = explorer.plots.find((one) => one.target === entry.target);
        if (entry.isIntersecting) seen.add(plot);
        else seen.delete(plot);
      }
      plan();
    }, { rootMargin: "200px" });
    explorer.plots.forEach((plot) => watch.observe(plot.target));

    trials.on("filter", () => redraw());
    trials.on("select", () => redraw((plot) => plot.onSelect));
    for (const name of ["x", "y"]) explorer.select[name].addEventListener("change", explorer.better);
    for (const field of Object.values(explorer.select)) field.addEventListener("change", () => redraw());
    new MutationObserver(() => redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
    redraw();
  };

  library.then(begin, () => {
    const told = "The library that draws plots did not start in this browser; the table has every trial.";
    for (const text of document.querySelectorAll(".wait")) text.textContent = told;
  });
})();
