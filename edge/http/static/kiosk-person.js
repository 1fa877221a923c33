"use strict";
// Who is signed in at the kiosk: four ways in side by side, his posts and slips, and how he goes again.

const IDLE_S = 60; //      nobody touched the page: everything is wiped, here, at the agent, at the cloud
const WARN_S = 20; //      and that is said so long before
const STAY_MS = 5000; //   the agent hears of touches this often
const AGAIN_S = 60; //     a code is sent again after this
const PHONE_DIGITS = 11;
const CODE_DIGITS = 6;
const SIGNING_IN = ["card", "phone", "code", "qr", "terms", "face_look", "face_confirm", "face_unknown"];

Object.assign(state, { session: null, face: { state: "off" }, posts: null, post: null, typed: "", phone: "", again: null, consentText: null, note: "", touched: performance.now(), stayed: 0, sentAt: 0, busy: false });

function signedIn() {
  return Boolean(state.session && state.session.signed);
}

function wantsCard() {
  return signedIn() || SIGNING_IN.includes(state.step);
}

async function post(path, body = {}) {
  let answer;
  try {
    answer = await fetch(`${base}/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error(text("refused.away"));
  }
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({ reason: "refused", words: "" }));
  const error = new Error(wordsOf(said));
  error.reason = said.reason;
  throw error;
}

function wordsOf(said) {
  return state.strings[`refused.${said.reason}`] ?? (said.words || text("refused.refused"));
}

// One act at a time: a second tap while the first is under way does nothing.
async function act(work, failed = () => {}) {
  if (state.busy) return;
  state.busy = true;
  try {
    await work();
  } catch (error) {
    state.error = error.message;
    failed(error);
    render();
  } finally {
    state.busy = false;
  }
}

function show(step, note = "") {
  Object.assign(state, { error: "", note, typed: "" });
  go(step);
}

function takeSession(session) {
  const was = signedIn();
  state.session = session;
  if (!state.strings || !state.picture) return;
  if (session.signed && !was) {
    state.touched = performance.now();
    if (!["terms", "signing", "card", "code", "face_confirm", "face_look", "service"].includes(state.step)) return;
    enter();
  } else if (!session.signed && was) {
    wipe();
    home();
  } else if (["me", "service", "face_settings"].includes(state.step)) render();
}

function enter() {
  state.posts = null;
  show("me");
  loadPosts();
}

async function loadPosts() {
  try {
    state.posts = await (await fetch(`${base}/posts`)).json();
  } catch {
    state.posts = { posts: [], printer: false };
  }
  if (state.step === "me") render();
}

function wipe() {
  Object.assign(state, { posts: null, post: null, typed: "", phone: "", again: null, consentText: null, note: "", visitor: null, taken: null, check: { phone4: "", birthday: "" } });
}

// He goes, by himself or because his minute is over.
function leave(note = "") {
  const was = signedIn();
  stopLooking();
  if (was) post("session/end").catch(() => {}); // the agent's own minute ends it as well
  state.session = { ...state.session, signed: false };
  wipe();
  home();
  if (note) {
    state.error = note;
    state.timer = setTimeout(home, ASK_MS);
    render();
  }
}

function cardOffer() {
  const can = state.visitor && state.visitor.outcome === "card" && state.session && state.session.cloud && !signedIn();
  return can ? [button("choice main-choice", text("card_offer"), () => signInByCard(state.visitor.read))] : [];
}

async function signInByCard(read, consents = []) {
  state.again = (given) => signInByCard(read, given);
  go("signing");
  await act(() => post("session/card", { read, consents }), needTerms("card"));
}

function needTerms(step) {
  return (error) => {
    if (error.reason !== "consent_needed") {
      state.typed = "";
      return go(step);
    }
    state.error = "";
    readText("terms").then(() => show("terms")).catch(() => show("ways"));
  };
}

async function readText(purpose) {
  const answer = await fetch(`${base}/texts/${purpose}`);
  if (!answer.ok) throw new Error(text("refused.away"));
  state.consentText = await answer.json();
}

// The legal texts are paragraphs, `## ` headings and `**` words; nothing of them is taken as HTML.
function paper(words) {
  const box = element("div", "paper");
  box.tabIndex = 0;
  for (const line of words.split("\n").filter((one) => one.trim())) {
    const made = element(line.startsWith("## ") ? "h3" : "p");
    line.replace(/^## /, "").split("**").forEach((part, index) => made.append(index % 2 ? element("b", "", part) : part));
    box.append(made);
  }
  return box;
}

const WAYS = [
  ["face", "M4 9V6a2 2 0 0 1 2-2h3M15 4h3a2 2 0 0 1 2 2v3M20 15v3a2 2 0 0 1-2 2h-3M9 20H6a2 2 0 0 1-2-2v-3M9 10v1M15 10v1M9 15a4 4 0 0 0 6 0"],
  ["card", "M3 6h18v12H3zM7 10.5a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0M6 15.5c1-2 4.600-2 5.600 0M14 10h4M14 14h4"],
  ["phone", "M7 3h10v18H7zM11 18h2M10 7h4M10 10h4"],
  ["qr", "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h3v3h-3zM20 14v6h-3M14 20h.01"],
];

function icon(path, className) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", className);
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

// The four ways, always in the same order and size; one that does not work now says why.
function waysIn(skip = "") {
  if (!state.session || !state.session.cloud || signedIn()) return [];
  const grid = element("div", skip ? "ways others" : "ways");
  for (const [name, path] of WAYS.filter(([way]) => way !== skip)) {
    const why = wayOff(name);
    const one = button("way", "", () => startWay(name));
    one.disabled = Boolean(why);
    const hint = why || (skip ? "" : text(`way_hint.${name}`));
    one.append(icon(path, "way-icon"), element("b", "", text(`way.${name}`)), ...(hint ? [element("small", "", hint)] : []));
    grid.append(one);
  }
  const box = element("section", "ways-in");
  box.append(element("h2", "", text(skip ? "other_way" : "ways_title")), grid);
  if (!skip) box.append(element("p", "hint", text("ways_note")));
  return [box];
}

function wayOff(name) {
  if (name === "face" && state.face.state === "off") return text("way_off.face");
  return name === "phone" && !state.picture.online ? text("way_off.away") : "";
}

function startWay(name) {
  state.visitor = null;
  if (name !== "face") stopLooking();
  if (name === "face") startLooking(); else show(name);
}

function steps(step, of, title, hint) {
  const box = element("div", "ask");
  if (of > 1) box.append(element("p", "step", text("step_of", { step, steps: of })));
  box.append(element("h2", "", title));
  if (hint) box.append(element("p", "hint", hint));
  return box;
}

function wrongLine() {
  const error = element("p", "error", state.error);
  error.setAttribute("role", "alert");
  error.hidden = !state.error;
  return error;
}

function backHome() {
  return button("back", text("back"), () => leave());
}

// Ten keys of a hand's width; what is typed is shown in groups, or as dots where a bystander should not read it.
function keypad(length, full, secret = false) {
  const box = element("div", "pad");
  const shown = element("p", "typed");
  shown.setAttribute("aria-live", "polite");
  const tell = () => {
    const marks = [...Array(length)].map((_, at) => (at < state.typed.length ? (secret ? "●" : state.typed[at]) : "_"));
    shown.textContent = marks.map((mark, at) => (length === PHONE_DIGITS && (at === 3 || at === 7) ? ` ${mark}` : mark)).join("");
    shown.setAttribute("aria-label", text("digits_typed", { n: state.typed.length }));
  };
  const press = (key) => {
    state.typed = key === "erase" ? "" : key === "delete" ? state.typed.slice(0, -1) : (state.typed + key).slice(0, length);
    tell();
    if (state.typed.length === length && key.length === 1) full(state.typed);
  };
  const keys = element("div", "keys");
  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "erase", "0", "delete"]) {
    keys.append(button(key.length > 1 ? "key word" : "key", key.length > 1 ? text(key) : key, () => press(key)));
  }
  tell();
  box.append(shown, keys);
  return box;
}

function sendCode(phone) {
  state.phone = phone;
  act(async () => {
    await post("session/codes", { phone });
    state.sentAt = performance.now();
    show("code");
  }, () => { state.typed = ""; });
}

async function signInByCode(code, consents = []) {
  const phone = state.phone;
  state.again = (given) => signInByCode(code, given);
  go("signing");
  await act(() => post("session/code", { phone, code, consents }), needTerms("code"));
}

function postCard(one) {
  const card = button("job", "", () => { state.post = one; show("post"); });
  const words = element("span", "words");
  words.append(element("b", "", one.title), element("small", "", `${one.place} · ${one.hours}`));
  card.append(words, element("span", "pay", one.pay), element("small", "count", text("headcount", { n: one.headcount })));
  return card;
}

function greetingLine() {
  const { name, online } = state.session;
  const box = element("p", "hello", name ? text("hello", { name }) : text("hello_nobody"));
  if (!online) box.append(element("small", "", text("hello_offline")));
  return box;
}

function me() {
  const list = element("div", "jobs");
  const found = state.posts ? state.posts.posts : [];
  list.append(...found.map(postCard));
  if (state.posts && !found.length) list.append(element("p", "hint", text("posts_none")));
  const acts = element("div", "acts");
  acts.append(button("act", text("take_number"), () => show("service")));
  if (state.session.online) acts.append(button("act", text("face_settings"), () => show("face_settings")));
  if (state.session.way === "face") acts.append(button("act", text("wrong_person"), notMe));
  acts.append(button("act", text("leave"), () => leave(text("left_now"))));
  const title = steps(1, 1, text("posts_title"), text(state.picture.online ? "posts_new" : "posts_cached"));
  return [greetingLine(), wrongLine(), title, list, acts];
}

function postDetail() {
  const one = state.post;
  const box = element("article", "job-detail");
  box.append(element("h2", "", one.title), element("p", "pay", one.pay));
  const facts = element("dl");
  for (const name of ["place", "hours", "firm", "method", "form"]) {
    if (one[name]) facts.append(element("dt", "", text(`post_${name}`)), element("dd", "", String(one[name])));
  }
  box.append(facts, element("p", "hint", text("post_free")));
  const print = button("choice main-choice", text("print"), () => act(async () => {
    await post("slips", { post: one.id });
    state.note = text("printing");
    render();
  }));
  print.disabled = !state.posts || !state.posts.printer;
  const note = element("p", "hello", state.note);
  note.setAttribute("role", "status");
  note.hidden = !state.note;
  const off = print.disabled ? [element("p", "hint", text("print_off"))] : [];
  return [wrongLine(), box, note, ...off, print, button("back", text("back"), () => show("me"))];
}

function agreement(yes, no) {
  const pair = element("div", "pair");
  pair.append(button("choice", text(no[0]), no[1]), button("choice main-choice", text(yes[0]), yes[1]));
  return pair;
}

function phoneHint() {
  return text("code_hint", { phone: `${state.phone.slice(0, 3)}****${state.phone.slice(7)}` });
}

function codeAgain() {
  const left = Math.ceil(AGAIN_S - (performance.now() - state.sentAt) / 1000);
  const again = button("back", left > 0 ? text("code_wait", { n: left }) : text("code_again"), () => sendCode(state.phone));
  again.disabled = left > 0;
  again.id = "again";
  return again;
}

function qrPicture() {
  const picture = element("img", "qr");
  picture.src = `${base}/phone.svg`;
  picture.alt = text("qr_alt");
  return picture;
}

Object.assign(SCREENS, {
  me,
  post: postDetail,
  ways: () => [wrongLine(), ...waysIn(), backHome()],
  signing: () => [element("p", "busy", text("signing"))],
  card: () => [steps(1, 1, text("card_title"), text("card_hint")), wrongLine(), icon(WAYS[1][1], "big-icon"), ...waysIn("card"), backHome()],
  phone: () => [steps(1, 2, text("phone_title"), text("phone_hint")), wrongLine(), keypad(PHONE_DIGITS, sendCode), ...waysIn("phone"), backHome()],
  code: () => [steps(2, 2, text("code_title"), phoneHint()), wrongLine(), keypad(CODE_DIGITS, (code) => signInByCode(code)), codeAgain(), ...waysIn("phone"), backHome()],
  qr: () => [steps(1, 1, text("qr_title"), text("qr_hint")), qrPicture(), ...waysIn("qr"), backHome()],
  terms: () => [steps(1, 1, text("terms_title"), state.consentText.summary), paper(state.consentText.text), agreement(["terms_yes", () => state.again(["terms"])], ["terms_no", () => leave()])],
});

function touched() {
  state.touched = performance.now();
  $("leaving").hidden = true;
  if (signedIn() && state.touched - state.stayed > STAY_MS) {
    state.stayed = state.touched;
    post("session/stay").catch(() => {});
  }
}

function watchIdle() {
  if (!state.strings || !state.picture) return;
  const again = $("again");
  if (again) again.replaceWith(codeAgain());
  const busy = signedIn() || !["service", "priority", "taken", "taking"].includes(state.step);
  const left = Math.ceil(IDLE_S - (performance.now() - state.touched) / 1000);
  $("leaving").hidden = !busy || left > WARN_S || left <= 0;
  $("leaving").textContent = text("leaving", { n: Math.max(0, left) });
  if (busy && left <= 0) {
    state.touched = performance.now();
    leave();
  }
}

for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, touched, true);
setInterval(watchIdle, 1000);
