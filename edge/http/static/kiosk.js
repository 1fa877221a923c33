"use strict";
// The kiosk's page of numbers: which service, who goes first, your number. It forgets everything by itself.
// kiosk-person.js adds who is signed in and his posts, kiosk-faces.js faces; what stands here they use as well.

const ASK_MS = 30000; //   a question nobody answers goes back to the start
const SHOW_S = 20; //      how long a number stays on the screen
const RETRY_MS = 2000;
const TRIES = 3; //        the same wish is asked again with the same key: it gives the same number
const ZONE = "Asia/Shanghai";

const base = location.pathname.replace(/\/$/, "");
const $ = (id) => document.getElementById(id);
const state = { strings: null, picture: null, step: "service", letter: "", taken: null, visitor: null, error: "", offset: 0, timer: 0, left: 0, waiting: null };

function text(key, values = {}) {
  return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), state.strings[key] ?? key);
}

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function button(className, label, act) {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// A UUIDv7: whoever asks in the same millisecond keeps his place. crypto.randomUUID needs HTTPS and has no time in it.
function key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(now / 0x10000));
  view.setUint16(4, now % 0x10000);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function wait(service) {
  if (service.why) return text(service.why, service);
  const people = service.waiting ? text("ahead", { n: service.waiting }) : text("ahead_none");
  return `${people} · ${time(service.minutes)}`;
}

function time(minutes) {
  if (minutes === null) return text("no_counter");
  return minutes ? text("minutes", { n: minutes }) : text("soon");
}

function home() {
  clearTimeout(state.timer);
  Object.assign(state, { step: signedIn() ? "me" : "service", letter: "", taken: null, visitor: null, error: "" });
  if (!signedIn()) document.body.classList.remove("large", "low"); // the next person begins afresh
  render();
}

function go(step) {
  clearTimeout(state.timer);
  state.step = step;
  if (step === "priority") state.timer = setTimeout(home, ASK_MS);
  render();
}

function choose(letter) {
  state.letter = letter;
  state.error = "";
  if (state.picture.priorities.length) go("priority"); else takeNumber("");
}

async function ask(body) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(`${base}/tickets`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

async function takeNumber(priority) {
  go("taking");
  try {
    const read = state.visitor ? state.visitor.read : "";
    const answer = await ask(JSON.stringify({ key: key(), letter: state.letter, priority, read }));
    const body = await answer.json();
    if (!answer.ok) return fail(body.reason);
    showTaken(body);
  } catch {
    fail("network");
  }
}

function showTaken(ticket) {
  state.taken = ticket;
  state.left = SHOW_S;
  go("taken");
  count();
}

// Somebody laid a card on the reader or held a code before the scanner: he comes first, whatever the page showed.
function greet(visitor) {
  if (state.step === "taking") return;
  if (!state.strings || !state.picture) {
    state.waiting = visitor;
    return;
  }
  state.waiting = null;
  if (visitor.outcome === "card" && wantsCard()) return void signInByCard(visitor.read);
  home();
  if (visitor.welcome) state.visitor = visitor;
  if (visitor.ticket) return showTaken(visitor.ticket);
  const open = state.picture.services.filter((service) => service.why === "");
  if (visitor.welcome && open.length === 1) return choose(open[0].letter);
  state.error = visitor.welcome ? "" : text(`visitor.${visitor.outcome}`);
  state.timer = setTimeout(home, ASK_MS);
  render();
}

function fail(reason) {
  home();
  state.error = text(`error.${reason}`);
  state.timer = setTimeout(home, ASK_MS);
  render();
}

function count() {
  if (state.step !== "taken") return;
  if (state.left === 0) return home();
  $("left").textContent = text("taken_left", { n: state.left });
  state.left -= 1;
  state.timer = setTimeout(count, 1000);
}

function head(title, step) {
  const made = element("div", "ask");
  if (step) made.append(element("p", "step", text("take_step", { step, steps: state.picture.priorities.length ? 2 : 1 })));
  made.append(element("h2", "", title));
  return made;
}

function greeting(visitor) {
  const code = visitor.code ? text(`code.${visitor.code}`) : "";
  return text(`visitor.${visitor.outcome}`, { name: visitor.name, code });
}

function services() {
  const shown = state.picture.services.map((service) => {
    const one = button("service", "", () => choose(service.letter));
    one.disabled = service.why !== "";
    const words = element("span", "words");
    words.append(element("b", "", service.name), element("small", "", wait(service)));
    one.append(element("span", "letter", service.letter), words);
    return one;
  });
  const grid = element("div", "services");
  grid.append(...shown);
  const error = element("p", "error", state.error);
  error.setAttribute("role", "alert");
  error.hidden = !state.error;
  const hello = element("p", "hello", state.visitor ? greeting(state.visitor) : "");
  hello.hidden = !state.visitor;
  return [hello, ...cardOffer(), head(text("take_title"), 1), error, grid, ...waysIn()];
}

function priorities() {
  const grid = element("div", "choices");
  grid.append(button("choice main-choice", text("priority_none"), () => takeNumber("")));
  for (const one of state.picture.priorities) grid.append(button("choice", one.name, () => takeNumber(one.key)));
  return [head(text("priority_title"), 2), element("p", "hint", text("priority_check")), grid, button("back", text("back"), home)];
}

function taken() {
  const card = element("div", "taken");
  const one = state.taken;
  card.append(
    element("p", "step", text(state.visitor && state.visitor.ticket ? "visitor.known" : "taken_title")), element("p", "number", one.label), element("p", "service-name", one.service),
    element("p", "wait", `${one.ahead ? text("ahead", { n: one.ahead }) : text("ahead_none")} · ${time(one.minutes)}`),
    element("p", "hint", text("taken_hint")),
  );
  const left = element("span", "left");
  left.id = "left";
  const done = button("done", text("taken_done"), home);
  done.append(left);
  return [card, done];
}

const SCREENS = {}; // step -> what it shows
Object.assign(SCREENS, { service: services, priority: priorities, taken, taking: () => [element("p", "busy", text("taking"))] });

function render() {
  if (!state.strings || !state.picture) return;
  const main = $("main");
  main.dataset.step = state.step;
  const numbers = ["service", "priority", "taken", "taking"].includes(state.step); // without a board the rest still works
  const parts = state.picture.ready || !numbers ? SCREENS[state.step]() : [element("p", "busy", text("not_ready")), ...waysIn()];
  main.replaceChildren(...parts);
  $("rules").textContent = state.picture.rules;
  for (const id of ["large", "low"]) {
    $(id).textContent = text(id);
    $(id).setAttribute("aria-pressed", String(document.body.classList.contains(id)));
  }
}

function trouble(name) {
  $("trouble").hidden = name === null;
  if (name) $("trouble-text").textContent = text(name);
}

function take(picture) {
  state.picture = picture;
  if (!state.strings) return;
  state.offset = Date.parse(picture.now) - performance.now();
  $("title").textContent = picture.title;
  trouble(picture.online ? null : "offline");
  if (state.step === "service") render(); // an answered question does not move under a finger
  tellTime();
}

function tellTime() {
  const now = new Date(state.offset + performance.now());
  $("time").textContent = now.toLocaleTimeString("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
}

function follow() {
  const events = new EventSource(`${base}/events`);
  events.addEventListener("notice", (event) => window.yzNotices.take(JSON.parse(event.data)));
  events.addEventListener("queue", (event) => {
    const picture = JSON.parse(event.data);
    take(picture);
    window.yzCalls.take(picture);
  });
  events.addEventListener("session", (event) => takeSession(JSON.parse(event.data)));
  events.addEventListener("face", (event) => takeFace(JSON.parse(event.data)));
  events.addEventListener("visitor", (event) => greet(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    if (state.strings) trouble("lost");
    if (events.readyState === EventSource.CLOSED) {
      events.close();
      setTimeout(follow, RETRY_MS);
    }
  });
}

async function readStrings() {
  try {
    const [queue, person] = await Promise.all(["queue", "kiosk"].map(async (name) => (await fetch(`/static/${name}.json`)).json()));
    state.strings = { ...queue, ...person };
  } catch {
    setTimeout(readStrings, RETRY_MS);
    return;
  }
  if (state.picture) take(state.picture);
  if (state.waiting) greet(state.waiting);
}

for (const id of ["large", "low"]) {
  $(id).addEventListener("click", () => {
    const on = document.body.classList.toggle(id);
    $(id).setAttribute("aria-pressed", String(on));
    clearTimeout(state.modeTimer);
    state.modeTimer = setTimeout(() => { if (state.step === "service") home(); }, ASK_MS);
  });
}
document.addEventListener("DOMContentLoaded", () => { // once every script is there
  follow();
  readStrings();
});
setInterval(() => { if (state.picture && state.strings) tellTime(); }, 1000);
