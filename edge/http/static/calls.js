"use strict";
// Calls of the queue, for wall and kiosk: a banner for the newest, a list of the last ones, and the voice.
// window.yzCalls.take(picture) is given every picture; strings come from /static/queue.json.

window.yzCalls = (() => {
  const FRESH_MS = 20000; //   an older call was spoken before this page came up
  const SHOWN_MS = 8000; //    a banner stays at least this long, unless the next one waits
  const SHORT_MS = 3500;
  const CLIP_MS = 3000; //     a clip that does not end is given up
  const REPEATS = 2; //        a call is spoken twice when nobody else waits to be called
  const MAX_WAITING = 20; //   more calls than this are only listed
  const MAX_SEEN = 200;

  const $ = (id) => document.getElementById(id);
  const seen = new Set();
  const waiting = [];
  let strings = null;
  let speaking = false;
  let last = null;

  function text(key, values = {}) {
    return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), strings[key]);
  }

  function element(tag, className, content) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (content !== undefined) made.textContent = content;
    return made;
  }

  function list(calls) {
    const box = $("calls");
    if (!box) return;
    const lines = calls.map((call) => {
      const line = element("li", "call");
      line.append(element("b", "", call.label), element("span", "", text("to_window", { counter: call.counter })));
      return line;
    });
    const rows = box.querySelector("ol");
    rows.replaceChildren(...lines);
    box.querySelector("h2").textContent = text("calls_title");
    box.classList.toggle("none", calls.length === 0);
    const hidden = calls.length === 0 && box.dataset.hides === "true";
    if (box.hidden !== hidden) {
      box.hidden = hidden;
      dispatchEvent(new Event("resize")); // what is beside it has another size now
    }
    if (!calls.length && !hidden) rows.append(element("li", "none", text("calls_empty")));
  }

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // Resolves to true when the clip was heard to its end.
  function play(audio, clip) {
    return new Promise((done) => {
      const late = setTimeout(() => done(false), CLIP_MS);
      const end = (heard) => { clearTimeout(late); done(heard); };
      audio.onended = () => end(true);
      audio.onerror = () => end(false);
      audio.src = `/voice/${clip}.wav`;
      audio.play().catch(() => end(false));
    });
  }

  async function speak(call) {
    const audio = $("voice");
    for (const clip of call.clips) {
      if (!(await play(audio, clip))) return false;
    }
    return true;
  }

  async function announce(call) {
    const banner = $("banner");
    const began = performance.now();
    banner.querySelector("p").textContent = text("call", { label: call.label, counter: call.counter });
    banner.querySelector("small").textContent = "";
    banner.dataset.call = call.id;
    banner.hidden = false;
    for (let round = 0; round < REPEATS && !(round && waiting.length); round += 1) {
      if (!(await speak(call))) {
        banner.querySelector("small").textContent = text("mute"); // the words on the screen are what is left
        break;
      }
    }
    await pause((waiting.length ? SHORT_MS : SHOWN_MS) - (performance.now() - began));
  }

  async function work() {
    if (speaking) return;
    speaking = true;
    while (waiting.length) await announce(waiting.shift());
    $("banner").hidden = true;
    speaking = false;
  }

  function take(picture) {
    last = picture;
    if (!strings) return;
    list(picture.calls);
    const now = Date.parse(picture.now);
    for (const call of [...picture.calls].reverse()) {
      if (seen.has(call.id)) continue;
      seen.add(call.id);
      if (now - Date.parse(call.at) < FRESH_MS && waiting.length < MAX_WAITING) waiting.push(call);
    }
    while (seen.size > MAX_SEEN) seen.delete(seen.values().next().value);
    work();
  }

  async function readStrings() {
    try {
      strings = await (await fetch("/static/queue.json")).json();
    } catch {
      setTimeout(readStrings, 2000);
      return;
    }
    if (last) take(last);
  }

  readStrings();
  return { take };
})();
