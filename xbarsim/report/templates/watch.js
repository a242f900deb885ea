(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const EVERY = 1000, HIDDEN = 5000, IDLE = 1200; // ms
  const MARGIN = 40; // px below the edge, where a heading that was gone to stands
  const DONE = ["ended", "running", "may be running", "waiting"]; // states that are no cause for alarm
  let frame = null, coming = null, version = null, touched = 0;

  // what a reader has done to a page, and the same done to the next one

  // a name for an element that the next page has, too: its place below the nearest id
  const place = (element) => {
    const near = element.closest("[id]");
    const root = near || element.ownerDocument.body;
    const tag = element.tagName.toLowerCase();
    if (near === element) return { id: near.id };
    return { id: near ? near.id : "", tag, nth: [...root.querySelectorAll(tag)].indexOf(element) };
  };

  const found = (page, { id, tag, nth }) => {
    const root = id ? page.getElementById(id) : page.body;
    return tag ? root?.querySelectorAll(tag)[nth] : root;
  };

  const isDark = (page) => page.documentElement.dataset.theme;
  const all = (page, selector) => [...page.querySelectorAll(selector)];
  const isChanged = (c) => (c.tagName === "SELECT"
    ? [...c.options].some((option) => option.selected !== option.defaultSelected)
    : c.value !== c.defaultValue || c.checked !== c.defaultChecked);

  // the section that is read, and where its heading is: what stands before it may grow
  const passed = (page) => all(page, "section[id]").findLast((s) => s.getBoundingClientRect().top <= MARGIN);

  const taken = (view) => {
    const page = view.document, section = passed(page);
    return {
      theme: isDark(page),
      controls: all(page, "input, select, textarea").filter(isChanged)
        .map((c) => [place(c), c.value, c.checked, [...(c.selectedOptions || [])].map((o) => o.value)]),
      pressed: all(page, "button[aria-pressed]").map((b) => [place(b), b.getAttribute("aria-pressed")]),
      sorted: all(page, "th[aria-sort]").map((head) => [place(head), head.getAttribute("aria-sort")]),
      details: all(page, "details").map((d) => [place(d), d.open]),
      scrolled: all(page, ".scroll, .plot, pre").filter((e) => e.scrollTop || e.scrollLeft)
        .map((e) => [place(e), e.scrollTop, e.scrollLeft]),
      focus: page.activeElement && page.activeElement !== page.body ? place(page.activeElement) : null,
      section: section ? [section.id, section.getBoundingClientRect().top] : null,
      top: view.scrollY,
    };
  };

  const given = (view, state) => {
    const page = view.document;
    const each = (list, set) => list.forEach(([where, ...values]) => {
      const element = found(page, where);
      if (element) set(element, ...values);
    });
    if (state.theme && isDark(page) !== state.theme) page.querySelector(".theme")?.click();
    if (state.theme) page.documentElement.dataset.theme = state.theme;
    each(state.controls, (control, value, checked, options) => {
      if (control.tagName === "SELECT") {
        for (const option of control.options) option.selected = options.includes(option.value);
      } else if (/^(checkbox|radio)$/.test(control.type)) control.checked = checked;
      else control.value = value;
      for (const kind of ["input", "change"]) control.dispatchEvent(new view.Event(kind, { bubbles: true }));
    });
    each(state.pressed, (b, pressed) => { if (b.getAttribute("aria-pressed") !== pressed) b.click(); });
    each(state.sorted, (head, order) => {
      for (let k = 0; k < 2 && head.getAttribute("aria-sort") !== order; k += 1) {
        head.querySelector("button")?.click();
      }
    });
    each(state.details, (details, open) => { details.open = open; });
    each(state.scrolled, (e, top, left) => e.scrollTo(left, top));
    if (state.focus) found(page, state.focus)?.focus?.({ preventScroll: true });
    const section = state.section && page.getElementById(state.section[0]);
    const top = section ? view.scrollY + section.getBoundingClientRect().top - state.section[1] : state.top;
    view.scrollTo({ top, behavior: "instant" });
  };

  // the page

  const follow = (view) => {
    for (const kind of ["pointermove", "pointerdown", "wheel", "keydown", "input"]) {
      view.addEventListener(kind, () => { touched = performance.now(); }, { passive: true, capture: true });
    }
    const mirror = () => {
      const theme = isDark(view.document);
      if (theme) document.documentElement.dataset.theme = theme;
    };
    new MutationObserver(mirror).observe(view.document.documentElement, { attributeFilter: ["data-theme"] });
    mirror();
  };

  const isRead = () => {
    if (!frame) return false;
    const view = frame.contentWindow;
    return byId("hold").getAttribute("aria-pressed") === "true"
      || performance.now() - touched < IDLE
      || view.document.querySelector("dialog[open]") !== null
      || !view.getSelection().isCollapsed;
  };

  const show = (next, words) => {
    const shown = () => text("shown", `page: ${words}`);
    if (next === version) shown();
    if (next === version || coming) return;
    const fresh = document.createElement("iframe");
    coming = fresh;
    fresh.title = "Report";
    fresh.className = "coming";
    fresh.addEventListener("load", () => requestAnimationFrame(() => {
      coming = null;
      if (isRead()) { fresh.remove(); return; } // the next look tries again
      const focused = document.activeElement === frame;
      if (frame) given(fresh.contentWindow, taken(frame.contentWindow));
      follow(fresh.contentWindow);
      fresh.className = "";
      frame?.remove();
      frame = fresh;
      version = next;
      shown();
      if (focused) frame.focus({ preventScroll: true });
    }), { once: true });
    fresh.src = `report.html?v=${next}`;
    document.querySelector("main").append(fresh);
  };

  // the head

  const text = (id, words, alert = false) => {
    const element = byId(id);
    if (element.textContent !== words) element.textContent = words;
    element.classList.toggle("alert", alert);
    return element;
  };

  const tell = (told) => {
    const alarming = !DONE.includes(told.state);
    text("state", told.state, alarming).dataset.state = told.state;
    const advice = [told.page?.fault, told.advice, told.holder].filter(Boolean).join(" · ");
    text("advice", advice, alarming || Boolean(told.page?.fault)).hidden = !advice;
    if (!told.trials) {
      text("name", told.name || told.directory || "xbarsim watch");
      return;
    }
    text("name", told.name).title = told.directory;
    text("counts", `${told.finished} of ${told.trials} trials finished, ${told.how}`);
    byId("bar").max = told.trials;
    byId("bar").value = told.finished + told.failed;
    document.title = `${told.finished}/${told.trials} ${told.name} · xbarsim watch`;
    const failures = byId("failures"), more = told.failed - told.failures.length;
    failures.hidden = !told.failed;
    failures.querySelector("summary").textContent = `Last failures${more > 0 ? `; ${more} more in the page` : ""}`;
    failures.querySelector("ul").replaceChildren(...told.failures.map((words) => {
      const item = document.createElement("li");
      item.textContent = words;
      return item;
    }));
  };

  const look = async () => {
    try {
      const answer = await fetch("state.json");
      const told = await answer.json();
      tell(told);
      const next = told.page.version, waits = next && next !== version && isRead();
      if (waits) text("shown", "a newer page waits");
      else if (next) show(next, told.page.told);
    } catch {
      text("state", "not watched", true);
      text("advice", "xbarsim watch has ended; this is what it showed last", true).hidden = false;
    }
    setTimeout(look, document.hidden ? HIDDEN : EVERY);
  };

  byId("hold").addEventListener("click", ({ target }) => {
    target.setAttribute("aria-pressed", String(target.getAttribute("aria-pressed") !== "true"));
  });
  look();
})();
