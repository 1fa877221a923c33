"use strict";
// A counter without a mouse: space calls the next, letters do the rest. Buttons name themselves with data-key.
(() => {
  const KEYS = { " ": "next", r: "recall", b: "start", s: "skip", n: "no_show", d: "done" };
  document.addEventListener("keydown", (event) => {
    const name = KEYS[event.key.toLowerCase()];
    const busy = event.target.matches("input, select, textarea, a, [contenteditable]");
    if (!name || busy || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = document.querySelector(`[data-key="${name}"]`);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
  });
})();
