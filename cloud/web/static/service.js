// The desk: the newest words in sight, canned answers into the field, Enter sends.
"use strict";
(() => {
  const down = () => document.querySelectorAll("[data-bottom]").forEach((box) => { box.scrollTop = box.scrollHeight; });
  down();
  document.addEventListener("htmx:after:swap", down);

  document.addEventListener("click", (event) => {
    const answer = event.target.closest("[data-insert]");
    const field = document.querySelector("[data-insert-into]");
    if (!answer || !field) return;
    field.value = field.value ? `${field.value}\n${answer.dataset.insert}` : answer.dataset.insert;
    field.focus();
  });

  // While a word is being composed, Enter chooses it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("[data-send]")) return;
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit();
  });
})();
