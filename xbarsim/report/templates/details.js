/* One trial: its values, the scenario of its point, and the command that runs that point again. */
(() => {
  "use strict";

  const panel = document.getElementById("details");
  const part = (name) => panel.querySelector(`[data-part="${name}"]`);
  const { data, byName, columns, state } = trials;

  /* dotted paths lead into lists by an item's name, or its place */
  const step = (inside, key) => {
    if (!Array.isArray(inside)) return key;
    const place = inside.findIndex((item) => item?.name === JSON.stringify(key));
    return place < 0 ? Number(key) : place;
  };
  const put = (scenario, path, value) => {
    const keys = path.split(".");
    const last = keys.pop();
    let inside = scenario;
    for (const key of keys) {
      const place = step(inside, key);
      if (inside[place] === "null" || inside[place] === undefined) {
        if (value === "null") return; // nothing is said of what is not there
        inside[place] = {};
      }
      inside = inside[place];
    }
    inside[step(inside, last)] = value;
  };
  const settingOf = (column, row) => {
    if (column.levels) return column.settings[column.of[row]];
    const text = String(column.value(row));
    return !column.whole && /^-?\d+$/.test(text) ? `${text}.0` : text;
  };
  const scenarioOf = (row) => {
    const scenario = structuredClone(data.base);
    for (const path of data.axes) put(scenario, path, settingOf(byName[path], row));
    return scenario;
  };

  /* scalars are YAML already; a word that YAML takes for nothing else needs no quotes */
  const PLAIN = /^"[A-Za-z_][\w. /()-]*"$/;
  const WORDS = /^"(true|false|null|yes|no|on|off|y|n)"$/i;
  const scalar = (leaf) => (PLAIN.test(leaf) && !WORDS.test(leaf) && !leaf.endsWith(' "')
    ? leaf.slice(1, -1) : leaf);
  const key = (name) => scalar(JSON.stringify(name));
  const isLeaf = (node) => typeof node === "string";
  const flat = (node) => (Array.isArray(node) ? node.every(isLeaf) : Object.keys(node).length === 0);
  const flow = (node) => (Array.isArray(node) ? `[${node.join(", ")}]` : "{}");
  const yaml = (node, indent = "") => {
    if (Array.isArray(node)) {
      return node.map((item) => (isLeaf(item) || flat(item)
        ? `${indent}- ${isLeaf(item) ? scalar(item) : flow(item)}`
        : `${indent}- ${yaml(item, `${indent}  `).trimStart()}`)).join("\n");
    }
    return Object.entries(node).map(([name, item]) => {
      if (isLeaf(item)) return `${indent}${key(name)}: ${scalar(item)}`;
      if (flat(item)) return `${indent}${key(name)}: ${flow(item)}`;
      return `${indent}${key(name)}:\n${yaml(item, `${indent}  `)}`;
    }).join("\n");
  };

  /* the study's folder: what a page apart from it names, where the page is, or by the scenario */
  const folder = () => {
    if (document.body.dataset.study) return document.body.dataset.study;
    if (location.protocol !== "file:") return data.folder;
    const path = decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "");
    return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path || "/";
  };
  const quoted = (word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  const commandOf = (row) => `xbarsim run ${quoted(folder())} --point ${byName.point.value(row)}`;

  const listed = (row) => columns.flatMap((column) => {
    const value = trials.text(column, row);
    if (value === "–" || value === "" || column.role === "error") return [];
    const name = document.createElement("dt");
    const told = document.createElement("dd");
    name.textContent = column.name;
    told.textContent = value;
    told.title = trials.exact(column, row);
    return [name, told];
  });

  const titleOf = (row) => `Point ${byName.point.value(row)}, trial ${byName.trial.value(row)}`;
  const fill = (row) => {
    const error = byName.error?.value(row) ?? "";
    part("title").textContent = titleOf(row);
    part("error").textContent = error && `This trial failed: ${error}`;
    part("error").hidden = !error;
    part("values").replaceChildren(...listed(row));
    part("command").textContent = commandOf(row);
    part("scenario").textContent = `${yaml(scenarioOf(row))}\n`;
  };
  const close = () => {
    if (panel.hidden) return;
    panel.hidden = true;
    trials.select(null);
    trials.focusRow();
  };

  trials.on("select", () => {
    if (state.current === null) return;
    fill(state.current);
    panel.hidden = false;
    panel.scrollTop = 0;
  });
  panel.querySelector(".close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  panel.querySelector(".save").addEventListener("click", () => {
    const name = `${data.name}-point-${byName.point.value(state.current)}.yaml`;
    trials.save(name, part("scenario").textContent, "application/yaml");
  });
})();
