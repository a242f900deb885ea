/* Parallel coordinates: a line for each row over axes and metrics; what is brushed filters.
   Drawn on a canvas: ten thousand lines of plotly's own take seconds where there is no GPU. */
(() => {
  "use strict";

  const { css, select, label } = explorer;
  const { byName, data, state } = trials;
  const frame = explorer.element("plot-parallel");
  const canvas = frame.querySelector("canvas");
  const note = explorer.element("plot-parallel-note");
  const explained = note.textContent;
  const MOST = 2000; // lines that are drawn
  const BEHIND = 400; // lines of rows that filters leave out
  const TOP = 40;
  const BOTTOM = 26;
  const GRAB = 22; // px beside an axis that belong to it
  const HEIGHT = 320;

  const wanted = [...Object.keys(data.groups).slice(0, 5), ...(explorer.ages > 1 ? ["age"] : []),
    data.x, data.y, ...data.shown.filter((name) => /^(accuracy|nrmse|memory|[a-z]+\.(total|energy|margin))/.test(name))];
  let names = [...new Set(wanted)].filter((name) => byName[name] && name !== "trial").slice(0, 8);
  const brushes = new Map(); // name → [from, to], shares of the axis from below

  /* where a value stands on an axis: a share from below, over all rows of the study */
  const scales = new Map();
  const scale = (name) => {
    if (!scales.has(name)) scales.set(name, made(byName[name]));
    return scales.get(name);
  };
  const made = (column) => {
    const levels = explorer.levels(column, trials.every).filter((v) => !column.number || Number.isFinite(v));
    if (!column.number) {
      const places = new Map(levels.map((level, k) => [level, (k + 0.5) / levels.length]));
      return { share: (v) => places.get(v), ends: [levels[0], levels[levels.length - 1]] };
    }
    const log = explorer.isLog(column, levels);
    const [low, high] = [levels[0], levels[levels.length - 1]];
    const at = (v) => (log ? Math.log(v) : v);
    return { share: (v) => (at(v) - at(low)) / (at(high) - at(low) || 1), ends: [low, high] };
  };
  const shares = new Map(); // name → share of each row
  const share = (name) => {
    if (!shares.has(name)) {
      const column = byName[name];
      shares.set(name, Float32Array.from(trials.every, (row) => scale(name).share(column.value(row))));
    }
    return shares.get(name);
  };

  const place = (k, width) => 70 + (k * (width - 140)) / Math.max(1, names.length - 1);
  const height = (part) => TOP + (1 - part) * (HEIGHT - TOP - BOTTOM);
  const evenly = (rows, most) => {
    const step = Math.ceil(rows.length / most) || 1;
    return step === 1 ? rows : rows.filter((_, k) => k % step === 0);
  };

  const stroke = (context, rows, width, colour, alpha, thick) => {
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineWidth = thick;
    context.beginPath();
    for (const row of rows) {
      let drawing = false;
      names.forEach((name, k) => {
        const y = share(name)[row];
        if (Number.isNaN(y)) drawing = false;
        else if (drawing) context.lineTo(place(k, width), height(y));
        else context.moveTo(place(k, width), height(y));
        drawing = !Number.isNaN(y);
      });
    }
    context.stroke();
    context.globalAlpha = 1;
  };

  /* rows by the colour of their lines */
  const coloured = (rows) => {
    const colour = byName[select.colour.value];
    if (!colour) return [[css("--c1"), rows]];
    const kinds = explorer.levels(colour, rows);
    const few = kinds.length <= 7;
    const colours = few ? explorer.palette() : explorer.ramp();
    const at = few ? (row) => kinds.indexOf(colour.value(row))
      : (row) => Math.min(2, Math.floor(3 * share(colour.name)[row])) || 0;
    return [...explorer.grouped(rows, at)].map(([k, some]) => [colours[k], some]);
  };

  const cut = (context, text, room) => {
    let shown = text;
    while (shown.length > 4 && context.measureText(shown).width > room) shown = `…${shown.slice(2)}`;
    return shown;
  };
  const words = (context, width) => {
    const room = Math.max(60, place(1, width) - place(0, width) - 10);
    context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = "center";
    names.forEach((name, k) => {
      const x = place(k, width);
      const [low, high] = scale(name).ends.map((end) => trials.shown(byName[name], end));
      context.strokeStyle = css("--muted");
      context.lineWidth = 1;
      context.strokeRect(x, TOP, 0, HEIGHT - TOP - BOTTOM);
      context.fillStyle = css("--ink");
      context.fillText(cut(context, label(name), room), x, 14);
      context.fillStyle = css("--muted");
      context.fillText(cut(context, high, room), x, TOP - 8);
      context.fillText(cut(context, low, room), x, HEIGHT - 8);
      const brush = brushes.get(name);
      if (!brush) return;
      context.fillStyle = css("--c2");
      context.globalAlpha = 0.35;
      context.fillRect(x - 7, height(brush[1]), 14, height(brush[0]) - height(brush[1]));
      context.globalAlpha = 1;
    });
  };

  const draw = () => {
    const width = Math.max(frame.clientWidth, 90 * names.length);
    const density = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: width * density, height: HEIGHT * density });
    Object.assign(canvas.style, { width: `${width}px`, height: `${HEIGHT}px` });
    const context = canvas.getContext("2d");
    context.scale(density, density);
    const active = explorer.rows([]);
    const some = evenly(active, MOST);
    if (trials.isFiltered()) {
      const behind = explorer.rows([], trials.every);
      stroke(context, evenly(behind, BEHIND), width, css("--rule"), 0.6, 1);
    }
    const alpha = Math.max(0.15, Math.min(0.8, 60 / Math.sqrt(some.length + 1) / 4));
    const kinds = coloured(some); // some lines of each in turn, so that none covers the others
    for (let k = 0; kinds.some(([, rows]) => k < rows.length); k += 20) {
      for (const [colour, rows] of kinds) stroke(context, rows.slice(k, k + 20), width, colour, alpha, 1.2);
    }
    if (state.current !== null) stroke(context, [state.current], width, css("--c2"), 1, 3);
    words(context, width);
    note.textContent = some.length < active.length
      ? `${explained} ${some.length.toLocaleString("en")} of ${active.length.toLocaleString("en")} rows are drawn.` : explained;
  };

  /* keep rows between two shares of an axis, or all of them */
  const brush = (name, from, to) => {
    if (from === undefined) brushes.delete(name);
    else brushes.set(name, [Math.min(from, to), Math.max(from, to)]);
    const kept = brushes.get(name);
    const at = share(name);
    trials.restrict(`brush ${name}`, kept ? (row) => at[row] >= kept[0] && at[row] <= kept[1] : undefined);
  };
  const grabbed = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const width = box.width;
    const k = names.findIndex((_, index) => Math.abs(place(index, width) - x) < GRAB);
    const part = 1 - (event.clientY - box.top - TOP) / (HEIGHT - TOP - BOTTOM);
    return { name: names[k], part: Math.max(-0.001, Math.min(1.001, part)) };
  };
  let held = null;
  let planned = false;
  canvas.addEventListener("pointerdown", (event) => {
    const { name, part } = grabbed(event);
    if (!name) return;
    held = { name, part };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    canvas.style.cursor = held || grabbed(event).name ? "ns-resize" : "";
    if (!held || planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      if (held) brush(held.name, held.part, grabbed(event).part);
    });
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!held) return;
    const { name, part } = held;
    held = null;
    const to = grabbed(event).part;
    brush(name, ...(Math.abs(to - part) < 0.01 ? [] : [part, to]));
  });

  /* which columns there are */
  const choices = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "Columns";
  choices.append(summary, ...explorer.varying.map((name) => {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: names.includes(name) });
    box.addEventListener("change", () => {
      names = explorer.varying.filter((other) => (other === name ? box.checked : names.includes(other)));
      if (!box.checked) brush(name);
      draw();
    });
    const text = document.createElement("label");
    text.append(box, ` ${label(name)}`);
    return text;
  }));
  explorer.element("parallel-choices").append(choices);

  trials.on("clear", () => brushes.clear());
  explorer.brush = brush;
  explorer.plots.push({ target: frame, draw, onSelect: true });
  new ResizeObserver(() => { if (canvas.style.width) draw(); }).observe(frame);
})();
