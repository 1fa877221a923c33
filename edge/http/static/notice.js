"use strict";
// Staff of the station raise and lift emergency notices here, with the cloud or without it.

const LOOK_MS = 1000; //  how often the screens are looked at
const ZONE = "Asia/Shanghai";
const $ = (id) => document.getElementById(id);
const state = { words: null, templates: [], chosen: "" };

function text(key, values = {}) {
  return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), state.words[key]);
}

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function ask(path, body) {
  return fetch(`/notice/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

function say(line) {
  $("line").hidden = !line;
  $("line").textContent = line;
}

function card(one) {
  const box = element("article", one.drill ? "force drill" : "force");
  const words = element("div");
  const time = new Date(one.ends_at).toLocaleTimeString("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
  words.append(element("p", "name", `${one.drill ? "【演练】" : ""}${one.title}`), element("p", "hint", `${text(`origin_${one.origin}`)} · ${text("until_short", { time })}`));
  const lift = element("button", "", text("lift"));
  lift.type = "button";
  lift.addEventListener("click", async () => { await ask("lift", { id: one.id }); look(); });
  const screens = element("ul");
  for (const slot of one.shown) screens.append(element("li", "ok", `✓ ${slot} ${text("shown")}`));
  for (const slot of one.waiting) screens.append(element("li", "no", `… ${slot} ${text("waiting")}`));
  box.append(words, lift, screens);
  return box;
}

function show(found) {
  $("desk").hidden = false;
  $("door").hidden = true;
  $("where").textContent = found.title;
  const shown = JSON.stringify(found.notices.map((one) => ({ ...one, left_s: 0 })));
  if ($("list").dataset.shown === shown) return;
  $("list").dataset.shown = shown;
  $("list").replaceChildren(...(found.notices.length ? found.notices.map(card) : [element("p", "hint", text("none"))]));
}

async function look() {
  try {
    const answer = await fetch("/notice/state");
    say("");
    if (answer.ok) show(await answer.json());
    else { $("door").hidden = false; $("desk").hidden = true; }
  } catch {
    say(text("offline"));
  }
}

function choose(template) {
  state.chosen = template.kind;
  $("f-title").value = template.title;
  $("f-text").value = template.text;
  $("f-minutes").value = template.minutes;
  $("f-drill").checked = $("f-sound").checked = false;
  name();
  step(true);
}

function step(checking) {
  $("check").hidden = !checking;
  $("choose").hidden = checking;
  $("error").hidden = true;
}

function name() {
  $("raise").textContent = text($("f-drill").checked ? "raise_drill" : "raise");
}

async function raise(event) {
  event.preventDefault();
  $("raise").disabled = true;
  try {
    const answer = await ask("raise", {
      kind: state.chosen, title: $("f-title").value.trim(), text: $("f-text").value.trim().replace(/\s+/g, " "),
      minutes: Number($("f-minutes").value), drill: $("f-drill").checked, sound: $("f-sound").checked,
    });
    if (!answer.ok) throw new Error(String(answer.status));
    step(false);
    look();
  } catch {
    $("error").textContent = text("failed");
    $("error").hidden = false;
  }
  $("raise").disabled = false;
}

async function begin() {
  try {
    const table = await (await fetch("/static/notices.json")).json();
    state.words = table.words;
    state.templates = table.templates;
  } catch {
    setTimeout(begin, LOOK_MS);
    return;
  }
  const labels = {
    title: "page_title", "pin-label": "door", "pin-hint": "door_hint", enter: "enter", "in-force-title": "in_force",
    "choose-title": "choose", "check-title": "check", "l-title": "title_label", "l-text": "text_label",
    "l-minutes": "minutes_label", "l-drill": "drill_label", "l-sound": "sound_label", back: "back",
  };
  for (const [id, key] of Object.entries(labels)) $(id).textContent = text(key);
  for (const template of state.templates) {
    const one = element("button", "", template.name);
    one.type = "button";
    one.addEventListener("click", () => choose(template));
    $("templates").append(one);
  }
  $("check").addEventListener("submit", raise);
  $("back").addEventListener("click", () => step(false));
  $("f-drill").addEventListener("change", name);
  guard(text, say, look);
  look();
  setInterval(look, LOOK_MS);
}

begin();
