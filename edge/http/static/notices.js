"use strict";
// The emergency notice of a wall or a kiosk: covers the page until the agent says that it is over, and says that it is
// painted. A broken line takes nothing from the screen; the end time does, by this page's own counting.
// window.yzNotices.take(message) is given every `notice` event.

window.yzNotices = (() => {
  const AGAIN_MS = 1000; //      how soon an unheard word is said again
  const FITS = [0.25, 1.25]; // the smallest and the largest words
  const FIT_STEPS = 6;
  const MAX_FITS = 64; //        kept sizes; there are ten templates
  const BEEP_MS = 1500;
  const GRACE_MS = 1500; //      the agent ends a notice; this page does when the agent is gone
  const ZONE = "Asia/Shanghai";
  const SIGNS = { // 48 x 48, one stroke each
    fire: "M24 4c2 9 13 13 13 25a13 13 0 0 1-26 0c0-6 4-9 5-14 3 2 5 4 5 8 3-5 4-11 3-19Z",
    evacuation: "M5 6h22v36H5zM18 24h25M34 14l10 10-10 10",
    missing: "M20 8a12 12 0 1 1 0 24 12 12 0 0 1 0-24ZM29 29l14 14M20 14v7M20 26v.5",
    weather: "M13 30a9 9 0 0 1 1-18 12 12 0 0 1 22 3 8 8 0 0 1-1 15M25 22l-6 11h9l-5 11",
    failure: "M24 5 45 42H3ZM24 19v11M24 36v.5",
  };
  const base = location.pathname.replace(/\/$/, "");
  const fitted = new Map(); //   words and window -> the scale at which nothing of them is cut
  const state = { shown: null, words: null, timer: 0, ending: 0, beeper: 0, sound: null, last: null };

  function part(tag, className) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    return made;
  }

  function build() {
    const box = part("section", "emergency");
    box.id = "emergency";
    box.hidden = true;
    box.setAttribute("role", "alert");
    const say = part("div", "say");
    const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sign.setAttribute("viewBox", "0 0 48 48");
    sign.setAttribute("class", "sign");
    sign.setAttribute("aria-hidden", "true");
    sign.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    say.append(sign, part("h2"), part("p"));
    const foot = part("footer");
    foot.append(part("span", "until"), part("span", "more"));
    box.append(part("div", "mark-drill"), say, foot);
    document.body.append(box);
    return box;
  }

  const box = build();
  const of = (selector) => box.querySelector(selector);

  function text(key, values) {
    return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), state.words?.[key] ?? "");
  }

  // Everything on which a fit depends; the digits of the time are equally wide.
  function fitKey() {
    const words = ["h2", ".say p", ".mark-drill", ".more"].map((selector) => of(selector).textContent);
    return JSON.stringify([...words, of(".until").textContent.length, innerWidth, innerHeight]);
  }

  // What was laid out before is not laid out again: a notice is painted with the first layout after it came.
  function fit() {
    const key = fitKey();
    if (!fitted.has(key)) {
      if (fitted.size >= MAX_FITS) fitted.clear();
      fitted.set(key, largest());
    }
    box.style.setProperty("--fit", fitted.get(key));
  }

  // Returns the scale of the largest words of which nothing is cut.
  function largest() {
    const say = of(".say");
    const cut = (scale) => {
      box.style.setProperty("--fit", scale.toFixed(3));
      return say.scrollHeight > say.clientHeight || say.scrollWidth > say.clientWidth;
    };
    let [fits, cuts] = FITS;
    if (!cut(cuts)) return cuts.toFixed(3);
    for (let step = 0; step < FIT_STEPS; step += 1) {
      const middle = (fits + cuts) / 2;
      if (cut(middle)) cuts = middle; else fits = middle;
    }
    return fits.toFixed(3);
  }

  // The first notice must not wait for its size: the templates are laid out once, unseen.
  function warm(templates) {
    if (state.shown) return;
    box.style.visibility = "hidden";
    box.hidden = false;
    of(".until").textContent = text("until", { time: "00:00" });
    for (const one of templates) {
      of("h2").textContent = one.title;
      of(".say p").textContent = one.text;
      fit();
    }
    box.hidden = true;
    box.style.visibility = "";
  }

  function foot() {
    if (!state.shown || !state.words) return;
    const time = new Date(state.shown.ends_at).toLocaleTimeString("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
    of(".until").textContent = text("until", { time });
    of(".more").textContent = state.last.more ? text("more", { n: state.last.more }) : "";
  }

  function refoot() {
    foot();
    if (state.shown) fit(); // the foot may be of another height
  }

  async function hash() { // of what stands in the document, not of what was sent
    const words = [box.dataset.notice, of(".mark-drill").textContent, of("h2").textContent, of(".say p").textContent].join("\n");
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words));
    return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Two frames: the second begins only after the first was painted.
  function painted() {
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }

  async function confirm(id) {
    await painted();
    if (state.shown?.id !== id) return;
    let heard = false;
    try {
      const body = JSON.stringify({
        notice: id, content: await hash(), visible: document.visibilityState === "visible" && !box.hidden,
        width: Math.round(innerWidth * devicePixelRatio), height: Math.round(innerHeight * devicePixelRatio),
      });
      heard = (await fetch(`${base}/notice`, { method: "POST", headers: { "Content-Type": "application/json" }, body })).ok;
    } catch { /* said again */ }
    clearTimeout(state.timer);
    if (!heard && state.shown?.id === id) state.timer = setTimeout(() => confirm(id), AGAIN_MS);
  }

  function beep() {
    try {
      state.sound ??= new AudioContext();
      const tone = state.sound.createOscillator();
      tone.frequency.value = 880;
      tone.connect(state.sound.destination);
      tone.start();
      tone.stop(state.sound.currentTime + 0.4);
    } catch { /* a machine without sound */ }
  }

  function show(notice) {
    clearTimeout(state.timer);
    clearInterval(state.beeper);
    state.shown = notice;
    box.hidden = notice === null;
    if (notice === null) return;
    box.dataset.notice = notice.id;
    box.dataset.kind = notice.kind;
    of("path").setAttribute("d", SIGNS[notice.kind] ?? SIGNS.failure);
    of(".mark-drill").textContent = notice.mark;
    of("h2").textContent = notice.title;
    of(".say p").textContent = notice.text;
    foot();
    fit();
    confirm(notice.id);
    if (notice.sound) {
      beep();
      state.beeper = setInterval(beep, BEEP_MS);
    }
  }

  function take(message) {
    state.last = message;
    clearTimeout(state.ending);
    if (message.notice) state.ending = setTimeout(() => show(null), message.left_s * 1000 + GRACE_MS);
    if (JSON.stringify(message.notice) === JSON.stringify(state.shown)) refoot();
    else show(message.notice);
  }

  async function readWords() {
    try {
      const table = await (await fetch("/static/notices.json")).json();
      state.words = table.words;
      await document.fonts.ready;
      warm(table.templates);
    } catch {
      setTimeout(readWords, 2000);
      return;
    }
    refoot();
  }

  addEventListener("resize", () => { if (state.shown) fit(); });
  readWords();
  return { take, get shown() { return state.shown; } };
})();
