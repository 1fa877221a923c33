// A page that stands for one that could not be had: asks whether the core is ready again, and then for that page.
"use strict";
(() => {
  const EVERY_MS = 10000;
  const ask = () => fetch("/readyz", { cache: "no-store" }).then((answer) => { if (answer.ok) location.reload(); }).catch(() => {});
  setInterval(ask, EVERY_MS);
})();
