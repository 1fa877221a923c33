// What htmx does not do for the console: the live line, the theme switch, the occupation picker, messages.
"use strict";
(() => {
  const root = document.documentElement;
  const YEAR_S = 31536000;
  const RETRY_MS = 5000;

  // Live line: one word for the connection that brings changes. `data-state`: connecting | on | off.
  const live = document.getElementById("live");
  const say = (state) => { if (live) live.dataset.state = state; };
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
