"use strict";
// Staff take a live picture for a terminal that insists on one: only while a command waits, and it is kept nowhere.

const LOOK_MS = 1000; //  how often is looked whether a command waits
const MAX_SIDE = 720; //  points; terminals want a face of 100 and more
const MAX_BYTES = 200 * 1024;
const QUALITIES = [0.9, 0.8, 0.65, 0.5];
const $ = (id) => document.getElementById(id);
const state = { words: {}, wish: null, stream: null, sending: false, blind: !navigator.mediaDevices };

function text(key, values = {}) {
  return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), state.words[key] ?? key);
}

function say(line, good = false) {
  $("line").hidden = !line;
  $("line").textContent = line;
  $("line").className = good ? "line good" : "line";
}

function complain(line) {
  $("error").hidden = !line;
  $("error").textContent = line;
}

function render() {
  const wish = state.wish, ready = $("consent").checked && !state.sending;
  $("nobody").hidden = Boolean(wish);
  $("wish").hidden = !wish;
  if (!wish) return;
  $("who").textContent = `${wish.slot} · ${text("person", { person: wish.person })}`;
  $("left").textContent = text("left", { n: wish.left_s });
  const live = !state.blind;
  $("shoot").hidden = !live;
  $("shoot").textContent = text(state.stream ? "shoot" : "camera");
  $("shoot").disabled = !ready;
  $("phone-label").hidden = live;
  $("phone-label").classList.toggle("off", !ready);
  $("phone").disabled = live || !ready;
}

function dark() {
  for (const track of state.stream?.getTracks() ?? []) track.stop();
  state.stream = null;
  $("eye").hidden = true;
  $("eye").srcObject = null;
}

function take(wish) {
  if (state.wish?.id !== wish?.id) {
    $("name").value = "";
    $("consent").checked = false;
    dark();
    if (wish) { say(""); complain(""); }
  }
  state.wish = wish ?? null;
  render();
}

async function look() {
  if (state.sending) return;
  try {
    const answer = await fetch("/face/wishes");
    $("door").hidden = answer.ok;
    $("desk").hidden = !answer.ok;
    if (answer.ok) take((await answer.json()).wishes[0]);
  } catch {
    say(text("offline"));
  }
}

async function light() {
  try {
    state.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: 1280 }, audio: false });
    $("eye").srcObject = state.stream;
    $("eye").hidden = false;
    await $("eye").play();
  } catch {
    dark();
    state.blind = true;
    complain(text("no_camera"));
  }
  render();
}

async function jpeg(source, width, height) {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (made && made.size <= MAX_BYTES) return made;
  }
  return null;
}

async function send(source, width, height) {
  const wish = state.wish;
  state.sending = true;
  complain("");
  render();
  try {
    const picture = await jpeg(source, width, height);
    if (!picture) throw new Error("no picture");
    dark();
    say(text("sending"));
    const answer = await fetch(`/face/wishes/${wish.id}`, {
      method: "POST", body: picture,
      headers: { "Content-Type": "image/jpeg", "X-Consent": "yes", "X-Person-Name": encodeURIComponent($("name").value.trim()) },
    });
    say("");
    const known = { 400: "bad", 409: "gone", 413: "bad" };
    if (!answer.ok) complain(text(known[answer.status] ?? "failed"));
    else {
      const ended = await answer.json();
      if (ended.outcome === "done") say(`${wish.person} ${text("done")}`, true);
      else complain(text(ended.outcome, { text: ended.text }));
    }
  } catch {
    say("");
    complain(text("failed"));
  }
  state.sending = false;
  look();
}

async function shoot(event) {
  event.preventDefault();
  if (!state.stream) return light();
  return send($("eye"), $("eye").videoWidth, $("eye").videoHeight);
}

async function chosen() {
  const file = $("phone").files[0];
  $("phone").value = "";
  if (!file || !state.wish) return;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    await send(picture, picture.width, picture.height);
    picture.close();
  } catch {
    complain(text("bad"));
  }
}

async function begin() {
  try {
    state.words = await (await fetch("/static/face.json")).json();
  } catch {
    setTimeout(begin, LOOK_MS);
    return;
  }
  const labels = {
    title: "page_title", "pin-label": "door", "pin-hint": "door_hint", enter: "enter", none: "none", "none-hint": "none_hint",
    "name-label": "name_label", "consent-label": "consent", "phone-label": "phone", keeps: "keeps",
  };
  for (const [id, key] of Object.entries(labels)) $(id).textContent = text(key);
  guard(text, say, look);
  $("wish").addEventListener("submit", shoot);
  $("consent").addEventListener("change", render);
  $("phone").addEventListener("change", chosen);
  look();
  setInterval(look, LOOK_MS);
}

begin();
