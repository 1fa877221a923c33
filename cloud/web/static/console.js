// What htmx does not do for the console: the live line, the theme switch, the occupation picker, messages.
"use strict";
(() => {
  const root = document.documentElement;
  const YEAR_S = 31536000;
  const RETRY_MS = 5000;

  // Live line: one word for the connection that brings changes. `data-state`: connecting | on | off.
  const live = document.getElementById("live");
  const stale = document.getElementById("stale");
  // What a page shows may be old while the line is broken or a part could not be fetched again.
  let missed = false;
  const mark = () => { if (stale) stale.hidden = !(missed || live?.dataset.state === "off"); };
  const say = (state) => { if (live) live.dataset.state = state; mark(); };
  if (live) {
    live.addEventListener("htmx:sse:after:connection", () => say("on"));
    live.addEventListener("htmx:sse:error", () => say("off"));
    live.addEventListener("htmx:sse:before:connection", (event) => {
      if (event.detail.connection.attempt > 1) say("off");
    });
    // The extension retries a line that breaks; one that never stood is started again from here.
    live.addEventListener("htmx:error", () => {
      say("off");
      setTimeout(() => { if (live.dataset.state === "off") htmx.trigger(live, "yz:connect"); }, RETRY_MS);
    });
    // A login that has ended answers the stream with 401: the page asks for a new one instead of trying for ever.
    live.addEventListener("htmx:sse:error", (event) => { if (event.detail.status === 401) location.reload(); });
  }

  document.addEventListener("htmx:finally:request", (event) => {
    const { request, response } = event.detail.ctx;
    if (request.method !== "GET" || event.target === live) return;
    missed = !response || response.status >= 500;
    mark();
  });

  // A write that was refused says why; one that never left says that.
  const toasts = document.getElementById("toasts");
  function toast(text) {
    const box = document.createElement("p");
    box.className = "toast";
    box.append(text);
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", toasts.dataset.dismissLabel);
    close.addEventListener("click", () => box.remove());
    box.append(close);
    toasts.replaceChildren(box);
  }
  if (toasts) {
    document.addEventListener("yz:refused", (event) => toast(event.detail.text));
    document.addEventListener("htmx:error", (event) => {
      const request = event.detail.ctx?.request;
      if (request && request.method !== "GET" && !event.detail.ctx.response) toast(toasts.dataset.network);
    });
  }

  // Search: `/` goes there, arrows walk through what was found, Escape leaves.
  const find = document.querySelector("[data-find]");
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = document.querySelector("[data-find-page]") ?? find?.querySelector("input");
      if (field?.offsetParent) { event.preventDefault(); field.focus(); field.select(); }
      else if (find) { event.preventDefault(); location.assign("/search"); }
      return;
    }
    if (!find?.contains(event.target)) return;
    const stops = [find.querySelector("input"), ...find.querySelectorAll(".find-hits a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      stops[(stops.indexOf(event.target) + step + stops.length) % stops.length].focus();
    } else if (event.key === "Escape") {
      find.querySelector(".find-hits").replaceChildren();
      stops[0].value = "";
      stops[0].blur();
    }
  });
  document.addEventListener("click", (event) => {
    if (find && !find.contains(event.target)) find.querySelector(".find-hits").replaceChildren();
  });

  // Kept for the moment when nobody answers any more (secure origins only).
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/offline.js").catch(() => {});

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-theme-toggle]");
    if (toggle) {
      const theme = root.dataset.theme === "dark" ? "light" : "dark";
      root.dataset.theme = theme;
      root.dataset.bsTheme = theme;
      document.cookie = `yz_theme=${theme}; path=/; max-age=${YEAR_S}; samesite=lax`;
      return;
    }
    const option = event.target.closest("[data-pick]");
    if (option) pick(option);
    if (event.target.closest("[data-rewrite-all]")) rewrite(event.target.closest("[data-rewrite-box]"));
    if (event.target.closest("[data-restore-all]")) restore();
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest("[data-message]").remove();
  });

  // Occupation picker: a found code is written into the field it belongs to.
  function pick(option) {
    const box = option.closest("[data-picker]");
    box.querySelector("[data-picker-code]").value = option.dataset.pick;
    const search = box.querySelector("[data-picker-search]");
    search.value = option.dataset.name;
    box.querySelector("[data-picker-list]").replaceChildren();
    search.focus();
  }

  // The editor's rewrite: texts that pass the gate go into their fields; what stood there comes back on request.
  const before = new Map();
  function write(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function rewrite(box) {
    for (const holder of box.querySelectorAll("[data-rewrite]")) {
      const field = document.getElementById(holder.dataset.rewrite);
      before.set(field, field.value);
      write(field, holder.value);
    }
    document.querySelector("[data-restore-box]").hidden = false;
  }
  function restore() {
    for (const [field, text] of before) write(field, text);
    before.clear();
    document.querySelector("[data-restore-box]").hidden = true;
  }

  // Typing a new search takes the old code away, so that name and code never disagree.
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-picker-search]")) {
      event.target.closest("[data-picker]").querySelector("[data-picker-code]").value = "";
    }
  });

  // A form that was refused puts the keyboard where the first error is.
  document.addEventListener("htmx:after:swap", () => {
    const wrong = document.querySelector("[aria-invalid='true']");
    if (wrong && !document.activeElement?.matches("input, textarea, select")) wrong.focus();
  });

  // The clock of the header, in the hall's time zone.
  const face = document.getElementById("clock");
  if (face) {
    const format = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });
    const skew = Date.parse(face.dateTime) - Date.now();
    const tick = () => { face.textContent = format.format(Date.now() + skew); };
    tick();
    setInterval(tick, 5000);
  }
})();
