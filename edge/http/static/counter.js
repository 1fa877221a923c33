"use strict";
// The hall's counter page: only while the line is cut does it call; the agent decides, this page asks and shows.

const RETRY_MS = 2000;
const ACTS = ["recall", "start", "skip", "no_show", "done"];
const KEYS = { " ": "next", Enter: "next", r: "recall", b: "start", s: "skip", n: "no_show", d: "done" };
const $ = (id) => document.getElementById(id);
const state = { strings: {}, picture: null, counter: Number(sessionStorage.getItem("counter")) || 0, events: null, busy: false };

function text(key, values = {}) {
  return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), state.strings[key] ?? key);
}

function show(name) {
  for (const id of ["door", "choose", "desk"]) $(id).hidden = id !== name;
}

function say(words) {
  $("error").textContent = words;
  $("error").hidden = !words;
}

const post = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function enter(event) {
  event.preventDefault();
  const answer = await post("/enter", { pin: $("pin").value });
  $("pin").value = "";
  if (answer.ok) return follow();
  $("pin-hint").textContent = text(answer.status === 429 ? "pin_wait" : "pin_wrong");
}

async function act(name) {
  if (state.busy) return;
  state.busy = true;
  try {
    const answer = await post("/acts", { counter: state.counter, act: name });
    if (answer.status === 401) return show("door");
    say(answer.ok ? "" : text(`error.${(await answer.json()).reason}`));
  } catch {
    say(text("error.network"));
  } finally {
    state.busy = false;
  }
}

function choose(number) {
  state.counter = number;
  sessionStorage.setItem("counter", String(number));
  render();
}

function chooser() {
  $("counters").replaceChildren(...state.picture.counters.map((one) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = `${text("to_window", { counter: one.number })} ${one.name}`;
    made.addEventListener("click", () => choose(one.number));
    return made;
  }));
  show("choose");
}

function render() {
  const picture = state.picture;
  if (!picture) return;
  $("title").textContent = picture.title;
  $("line").hidden = false;
  $("line").className = picture.online ? "line" : "line cut";
  $("line").textContent = text(picture.online ? "online_hint" : "offline_hint");
  const here = picture.counters.find((one) => one.number === state.counter);
  if (!here) return chooser();
  show("desk");
  $("where").textContent = text("to_window", { counter: here.number });
  $("label").textContent = here.label || "—";
  $("state").textContent = text(`state.${here.state || "idle"}`);
  $("next").textContent = text(here.label ? "act.finish_next" : "act.next");
  for (const made of document.querySelectorAll("[data-act]")) {
    made.disabled = picture.online || (made.dataset.act !== "next" && !here.label);
  }
  $("queues").replaceChildren(...picture.services.filter((one) => here.letters.includes(one.letter)).map((one) => {
    const line = document.createElement("li");
    line.append(`${one.letter} ${one.name}`, Object.assign(document.createElement("b"), { textContent: text("waiting", { n: one.waiting }) }));
    return line;
  }));
}

async function follow() {
  const probe = await fetch("/session").catch(() => null);
  if (probe && probe.status === 401) return show("door");
  state.events?.close();
  state.events = new EventSource("/events");
  state.events.addEventListener("queue", (event) => { state.picture = JSON.parse(event.data); render(); });
  state.events.addEventListener("error", () => {
    if (state.events.readyState === EventSource.CLOSED) setTimeout(follow, RETRY_MS);
  });
}

async function begin() {
  state.strings = await (await fetch("/static/queue.json")).json();
  $("pin-label").textContent = text("pin");
  $("pin-hint").textContent = text("pin_hint");
  $("enter").textContent = text("enter");
  $("choose-title").textContent = text("choose_counter");
  $("title").textContent = text("counter_title");
  $("next").addEventListener("click", () => act("next"));
  $("acts").replaceChildren(...ACTS.map((name) => {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.act = name;
    made.textContent = text(`act.${name}`);
    made.addEventListener("click", () => act(name));
    return made;
  }));
  $("door").addEventListener("submit", enter);
  document.addEventListener("keydown", (event) => {
    const name = KEYS[event.key];
    if (!name || $("desk").hidden || event.target.matches("input, button") || event.repeat) return;
    event.preventDefault();
    if (!document.querySelector(`[data-act="${name}"]`).disabled) act(name);
  });
  follow();
}

begin();
