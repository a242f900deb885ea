/* The trials of the study: columns, what filters leave of them, which one is looked at. */
const trials = (() => {
  "use strict";

  const data = JSON.parse(document.getElementById("trials-data").textContent);
  const missing = Number(undefined);

  const bytes = (text) => {
    const letters = atob(text);
    const found = new Uint8Array(letters.length);
    for (let k = 0; k < letters.length; k += 1) found[k] = letters.charCodeAt(k);
    return found;
  };
  const integers = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };

  const unpack = (packed) => {
    const column = { ...packed };
    if (packed.levels) {
      const of = new integers[packed.width](bytes(packed.of).buffer);
      const levels = packed.levels.map((level) => (level === null ? missing : level));
      Object.assign(column, { of, levels, value: (row) => levels[of[row]] });
    } else {
      const numbers = new Float64Array(bytes(packed.data).buffer);
      column.value = (row) => numbers[row];
    }
    return column;
  };

  const columns = data.columns.map(unpack);
  const byName = Object.fromEntries(columns.map((column) => [column.name, column]));

  /* numbers as they are read: a prefix before units that take one, shares in percent */
  const PREFIXES = [[1e-18, "a"], [1e-15, "f"], [1e-12, "p"], [1e-9, "n"], [1e-6, "µ"], [1e-3, "m"],
    [1, ""], [1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"]];
  const short = (number, digits = 4) => {
    const small = number !== 0 && Math.abs(number) < 1e-3;
    return small ? String(Number(number.toExponential(digits - 1)).toExponential())
      : String(Number(number.toPrecision(digits)));
  };
  const shown = (column, value) => {
    if (!column.number) return value;
    if (Number.isNaN(value)) return "–";
    if (column.labels) return column.labels[column.levels.indexOf(value)];
    if (column.unit === "%") return `${short(100 * value)} %`;
    if (!column.symbol) return column.unit ? `${short(value)} ${column.unit}` : short(value, 6);
    const size = Math.abs(value);
    const [scale, prefix] = PREFIXES.findLast(([step]) => size >= step * 0.9999995) ?? [1, ""];
    return `${short(value / scale)} ${prefix}${column.symbol}`;
  };
  const text = (column, row) => shown(column, column.value(row));
  const exact = (column, row) => {
    const value = column.value(row);
    return Number.isNaN(value) ? "" : String(value);
  };

  /* what a filter says: ">0.9", "20n..30n", "!=4" of numbers, part of a word of text */
  const FACTORS = { "%": 0.01, f: 1e-15, p: 1e-12, n: 1e-9, u: 1e-6, "µ": 1e-6, m: 1e-3, k: 1e3,
    M: 1e6, G: 1e9, min: 60, h: 3600, day: 86400, days: 86400, year: 31557600, years: 31557600 };
  const NUMBER = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([a-zµ%Ω]*)$/i;
  const number = (text, symbol) => {
    const found = NUMBER.exec(text.trim());
    if (!found) return missing;
    const unit = symbol && found[2].endsWith(symbol) ? found[2].slice(0, -symbol.length) : found[2];
    return Number(found[1]) * (unit === "" ? 1 : FACTORS[unit] ?? missing);
  };
  const near = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  const COMPARED = {
    ">": (a, b) => a > b, ">=": (a, b) => a >= b, "<": (a, b) => a < b, "<=": (a, b) => a <= b,
    "=": near, "!=": (a, b) => !near(a, b),
  };
  const comparison = (part, symbol) => {
    const [from, to] = part.split("..").map((end) => number(end, symbol));
    if (part.includes("..")) return from <= to ? (x) => x >= from && x <= to : null;
    const [, sign, rest] = /^(>=|<=|!=|>|<|=)?(.*)$/.exec(part);
    const value = number(rest, symbol);
    return Number.isNaN(value) ? null : (x) => COMPARED[sign ?? "="](x, value);
  };
  const numeric = (expression, symbol) => {
    const parts = expression.split(/\s+(?=[<>=!])|\s*,\s*/).filter(Boolean);
    const tests = parts.map((part) => comparison(part, symbol));
    return tests.includes(null) ? null : (x) => tests.every((test) => test(x));
  };
  const wording = (expression) => {
    const [, sign, rest] = /^(!=|!|=)?(.*)$/.exec(expression.trim().toLowerCase());
    const holds = sign?.endsWith("=") ? (x) => x === rest : (x) => x.includes(rest);
    return (x) => holds(String(x).toLowerCase()) !== Boolean(sign?.startsWith("!"));
  };
  /* a test of values, or null where the expression is none */
  const compiled = (column, expression) => {
    const test = numeric(expression, column.symbol);
    if (column.number) return test;
    const words = wording(expression);
    return /^\s*[<>]/.test(expression) && test ? (x) => test(Number.parseFloat(x)) : words;
  };
  /* which rows pass, once for each level where a column has levels */
  const passing = (column, test) => {
    if (!column.levels) return (row) => test(column.value(row));
    const passes = column.levels.map(test);
    return (row) => passes[column.of[row]];
  };

  const listeners = { filter: [], select: [], clear: [] };
  const tell = (event) => listeners[event].forEach((listener) => listener());
  const tests = new Map(); // column name, "picked", or "brush" and an axis → test of rows
  const state = { active: new Uint32Array(), current: null };
  const refilter = () => {
    const passes = [...tests.values()];
    state.active = Uint32Array.from(every.filter((row) => passes.every((test) => test(row))));
    tell("filter");
  };

  const restrict = (what, test) => {
    if (test) tests.set(what, test);
    else if (!tests.delete(what)) return;
    refilter();
  };

  const every = Array.from({ length: data.rows }, (_, row) => row);
  state.active = Uint32Array.from(every);
  return {
    data, every, columns, byName, shown, text, exact, state, restrict,
    on: (event, listener) => listeners[event].push(listener),
    /* filter a column by an expression; false where it makes no sense, which filters nothing */
    filter: (column, expression) => {
      const test = expression.trim() ? compiled(column, expression) : undefined;
      restrict(column.name, test ? passing(column, test) : undefined);
      return test !== null;
    },
    clear: () => {
      tests.clear();
      tell("clear");
      refilter();
    },
    select: (row) => {
      state.current = row;
      tell("select");
    },
    isFiltered: () => tests.size > 0,
  };
})();
