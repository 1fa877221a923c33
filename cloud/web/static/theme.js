// Chooses light or dark before the first paint: the person's choice, else the system's.
"use strict";
(() => {
  const chosen = document.cookie.match(/(?:^|; )yz_theme=(light|dark)/);
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const theme = chosen ? chosen[1] : system;
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.bsTheme = theme;
})();
