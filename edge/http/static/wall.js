"use strict";
// The wall page: paints what the agent sends, pages through it, and says every two seconds what it has painted.

const BEAT_MS = 2000; //          how often the agent hears from us
const HIDDEN_AFTER_MS = 1000; //  no frame for this long: nobody sees us
const FRESH_MS = 30000; //        how long a new card stays marked
const FALLBACK_PAGE_S = 8; //     when an item does not say how long it stays
const SMALLEST_FIT = 0.4; //      a card's text shrinks to this before it would be cut
const NOTICE_FITS = 1.5; //        a notice has a page of its own: its text grows this far
const LONG_TITLES = [[22, "longest"], [11, "long"]]; // characters -> class
const ZONE = "Asia/Shanghai";

const base = location.pathname.replace(/\/$/, "");
const $ = (id) => document.getElementById(id);
const state = { content: null, frames: 0, items: [], page: 0, strings: null, known: new Set(), fonts: 0, timer: 0, offset: 0, last: null };
const cards = new Map(); // item id -> its card

function text(key, values = {}) {
  return Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), state.strings[key]);
}

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

function payLine(data) {
  const pay = element("div", "pay");
  const [, amount, unit] = /^([\d.,–\-~至 ]*\d)\s*(.*)$/.exec(data.pay || "") || [null, data.pay || "", ""];
  pay.append(amount);
  if (unit) pay.append(element("small", "", unit));
  if (data.method) pay.append(element("i", "", data.method));
  return pay;
}

function postCard(item) {
  const data = item.data;
  const card = element("article", "card");
  const top = element("div", "top");
  const title = data.title || "";
  const [, size] = LONG_TITLES.find(([length]) => title.length > length) || [0, ""];
  top.append(element("h2", size, title));
  if (data.headcount) top.append(element("span", "people", text("headcount", { n: data.headcount })));
  const facts = element("dl");
  for (const name of ["place", "hours", "firm"]) {
    if (data[name]) facts.append(element("dt", name, text(name)), element("dd", name, data[name]));
  }
  card.append(top, payLine(data), facts);
  return card;
}

// The modules of a QR, rows of 0 and 1, as one path; light modules around it, as scanners want.
function qrCode(rows, border = 4) {
  const side = rows.length + 2 * border;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", rows.flatMap((row, y) => [...row].map((dark, x) => dark === "1" ? `M${x + border} ${y + border}h1v1h-1z` : "")).join(""));
  svg.append(path);
  return svg;
}

function noticeCard(item) {
  const data = item.data;
  const card = element("article", "card notice");
  const words = element("div", "words");
  if (data.tag) words.append(element("span", "tag", data.tag));
  words.append(element("h2", "", data.title || ""), element("p", "", data.text || ""));
  const facts = element("dl");
  for (const [name, value] of Array.isArray(data.facts) ? data.facts : []) facts.append(element("dt", "", name), element("dd", "", value));
  if (facts.children.length) words.append(facts);
  card.append(words);
  if (Array.isArray(data.qr) && data.qr.length) {
    const scan = element("div", "scan");
    scan.append(qrCode(data.qr), element("span", "", text("scan")));
    card.append(scan);
  }
  return card;
}

function cardOf(item) {
  const key = JSON.stringify(item);
  const known = cards.get(item.id);
  if (known && known.dataset.key === key) return known;
  const card = item.kind === "post" ? postCard(item) : noticeCard(item);
  card.dataset.key = key;
  if (state.known.size > 0 && !state.known.has(item.id)) {
    card.classList.add("fresh", "arriving");
    setTimeout(() => card.classList.remove("fresh"), FRESH_MS);
  }
  cards.set(item.id, card);
  return card;
}

function grid() {
  const style = getComputedStyle(document.documentElement);
  return { columns: Number(style.getPropertyValue("--columns")), rows: Number(style.getPropertyValue("--rows")) };
}

// Find the largest text at which nothing of the card is cut; on a page with room to spare it may grow.
function fit(card, largest, geometry) {
  if (card.dataset.fitFor === geometry) return;
  let scale = largest;
  card.style.setProperty("--fit", scale);
  const wide = [card, ...card.querySelectorAll(".pay")];
  const padding = parseFloat(getComputedStyle(card).paddingBottom);
  const last = () => card.querySelector(".words")?.lastElementChild || card.lastElementChild;
  const bottom = () => last().getBoundingClientRect().bottom - card.getBoundingClientRect().top;
  const cut = () => card.classList.contains("notice") ? bottom() > card.clientHeight - padding + 1 || card.scrollHeight > card.clientHeight || card.scrollWidth > card.clientWidth : card.lastElementChild.offsetTop + card.lastElementChild.offsetHeight > card.clientHeight - padding + 1 ||
    card.scrollHeight > card.clientHeight || wide.some((box) => box.scrollWidth > box.clientWidth);
  while (scale > SMALLEST_FIT && cut()) {
    scale -= 0.05;
    card.style.setProperty("--fit", scale.toFixed(2));
  }
  card.dataset.fitFor = geometry;
  card.dataset.fit = scale.toFixed(2);
}

// All cards of a page grow alike; only one that would be cut shrinks, alone.
function fitAll() {
  for (const sheet of $("pages").children) {
    const onSheet = [...sheet.children];
    for (const card of onSheet) fit(card, sheet.largest, sheet.geometry);
    const alike = Math.max(1, Math.min(...onSheet.map((card) => Number(card.dataset.fit))));
    for (const card of onSheet) card.style.setProperty("--fit", Math.min(alike, Number(card.dataset.fit)));
  }
}

// As few pages as possible, evenly filled; few posts make large cards.
function arrange(shown) {
  const full = grid();
  const pages = Math.ceil(shown.length / (full.columns * full.rows));
  const size = Math.ceil(shown.length / pages);
  const columns = Math.min(full.columns, size <= 4 ? 2 : full.columns);
  const rows = Math.ceil(size / columns);
  return { size, columns, rows, largest: columns < full.columns ? 1.4 : rows < full.rows ? 1.25 : 1 };
}

// Posts share their pages; a notice has one of its own, behind them.
function layOut() {
  const shown = state.items.filter((item) => item.kind === "post" || item.kind === "notice");
  const posts = shown.filter((item) => item.kind === "post");
  const notices = shown.filter((item) => item.kind === "notice");
  const sheets = [...sheetsOf(posts, arrange(posts)), ...sheetsOf(notices, { size: 1, columns: 1, rows: 1, largest: NOTICE_FITS, own: true })];
  $("pages").replaceChildren(...sheets);
  const alive = new Set(shown.map((item) => item.id));
  for (const id of cards.keys()) if (!alive.has(id)) cards.delete(id);
  $("empty").hidden = shown.length > 0;
  $("pages").hidden = shown.length === 0;
  fitAll();
  const people = posts.reduce((sum, item) => sum + (Number(item.data.headcount) || 0), 0);
  $("summary").textContent = posts.length ? text("summary", { posts: posts.length, people }) : "";
}

function sheetsOf(shown, plan) {
  const sheets = [];
  for (let at = 0; at < shown.length; at += plan.size) {
    const sheet = element("div", plan.own ? "sheet own" : "sheet");
    const items = shown.slice(at, at + plan.size);
    sheet.seconds = Math.max(...items.map((item) => item.seconds || FALLBACK_PAGE_S));
    sheet.largest = plan.largest;
    sheet.geometry = `${plan.columns}x${plan.rows} ${innerWidth}x${innerHeight} ${$("pages").clientHeight} ${state.fonts}`;
    sheet.style.setProperty("--columns", plan.columns);
    sheet.style.setProperty("--rows", plan.rows);
    sheet.classList.toggle("single", plan.rows === 1 && !plan.own);
    sheet.append(...items.map(cardOf));
    sheets.push(sheet);
  }
  return sheets;
}

function firstFreshPage() {
  return [...$("pages").children].findIndex((sheet) => sheet.querySelector(".card.arriving"));
}

function turnTo(page) {
  const sheets = [...$("pages").children];
  state.page = sheets.length ? ((page % sheets.length) + sheets.length) % sheets.length : 0;
  sheets.forEach((sheet, number) => sheet.classList.toggle("shown", number === state.page));
  $("page").textContent = sheets.length > 1 ? text("page", { page: state.page + 1, pages: sheets.length }) : "";
  clearTimeout(state.timer);
  if (sheets.length > 1) state.timer = setTimeout(() => turnTo(state.page + 1), sheets[state.page].seconds * 1000);
}

function paint(snapshot) {
  state.last = snapshot;
  if (!state.strings) return;
  state.offset = Date.parse(snapshot.now) - performance.now();
  $("title").textContent = snapshot.title;
  document.title = snapshot.title;
  trouble(snapshot.online ? null : "offline");
  tellTime();
  $("watermark").replaceChildren(qrCode(snapshot.mark, 2));
  if (snapshot.content === state.content) return;
  state.known = new Set(state.items.map((item) => item.id));
  state.content = snapshot.content;
  state.items = snapshot.items;
  layOut();
  const fresh = firstFreshPage();
  turnTo(fresh >= 0 ? fresh : state.page);
  for (const card of cards.values()) card.classList.remove("arriving");
  beat();
}

function trouble(key) {
  $("trouble").hidden = key === null;
  if (key) $("trouble-text").textContent = text(key);
}

function tellTime() {
  const now = new Date(state.offset + performance.now());
  $("time").textContent = now.toLocaleTimeString("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
  const day = now.toLocaleDateString("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" });
  $("date").textContent = `${day} ${now.toLocaleDateString("zh-CN", { timeZone: ZONE, weekday: "long" })}`;
}

// The strip along the lower edge, whose pixels say what is painted: devices/renderer/probe.py reads it.
const STRIP_SYNC = 0b11010010;
const STRIP_LIGHT = [0x3d, 0x80, 0xe0];
const STRIP_DARK = [0x10, 0x36, 0x72];

function crc8(bytes) {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value & 0x80 ? (value << 1) ^ 0x07 : value << 1) & 0xff;
  }
  return value;
}

function drawStrip() {
  const code = (state.content || "").slice(0, 6).padEnd(6, "0");
  const body = [0, 2, 4].map((at) => parseInt(code.slice(at, at + 2), 16)).concat(state.frames & 0xff);
  const bytes = [STRIP_SYNC, ...body, crc8(body)];
  const canvas = $("strip").getContext("2d");
  const image = canvas.createImageData(bytes.length * 8, 1);
  bytes.forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit += 1) {
      image.data.set([...(byte & (0x80 >> bit) ? STRIP_LIGHT : STRIP_DARK), 255], (at * 8 + bit) * 4);
    }
  });
  canvas.putImageData(image, 0, 0);
}

// The colour that a point of the screen should have: of the nearest thing under it that is filled with one.
function colourAt(x, y) {
  for (const found of document.elementsFromPoint(x, y)) {
    if (found instanceof SVGElement || found instanceof HTMLCanvasElement) return null;
    const [red, green, blue, alpha = 1] = getComputedStyle(found).backgroundColor.match(/[\d.]+/g).map(Number);
    if (alpha === 1) return [red, green, blue];
    if (alpha > 0) return null;
  }
  return null;
}

// What the agent asks for when it looks at our pixels: 6 x 5 points, spread evenly.
window.yzWall = {
  probe() {
    const points = [];
    for (let row = 0; row < 5; row += 1) {
      for (let column = 0; column < 6; column += 1) {
        const [x, y] = [(column + 0.5) / 6, (row + 0.5) / 5];
        const colour = colourAt(x * innerWidth, y * innerHeight);
        if (colour) points.push([x, y, ...colour]);
      }
    }
    return { content: state.content || "", frames: state.frames, points };
  },
};

function send(visible) {
  const body = JSON.stringify({ content: state.content || "", frames: state.frames, visible });
  fetch(`${base}/beat`, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => {});
}

// Two frames: the second begins only after the first was painted. A hidden or stuck page gets none and says so.
function beat() {
  const late = setTimeout(() => send(false), HIDDEN_AFTER_MS);
  requestAnimationFrame(() => requestAnimationFrame(() => {
    clearTimeout(late);
    state.frames += 1;
    drawStrip();
    send(document.visibilityState === "visible");
  }));
}

function follow() {
  const events = new EventSource(`${base}/events`);
  events.addEventListener("notice", (event) => window.yzNotices.take(JSON.parse(event.data)));
  events.addEventListener("wall", (event) => paint(JSON.parse(event.data)));
  events.addEventListener("queue", (event) => window.yzCalls.take(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    if (state.strings) trouble("lost");
    if (events.readyState === EventSource.CLOSED) { // the agent answered with an error: the browser gives up, we do not
      events.close();
      setTimeout(follow, BEAT_MS);
    }
  });
}

async function readStrings() {
  try {
    state.strings = await (await fetch("/static/strings.json")).json();
  } catch {
    setTimeout(readStrings, BEAT_MS);
    return;
  }
  $("subtitle").textContent = text("subtitle");
  $("advice").textContent = text("advice");
  $("empty-title").textContent = text("empty_title");
  $("empty-text").textContent = text("empty_text");
  if (state.last) paint(state.last);
}

follow();
readStrings();
function layOutAgain() {
  if (state.content === null) return;
  layOut();
  turnTo(0);
}

document.fonts.ready.then(() => {
  state.fonts += 1;
  layOutAgain();
});
addEventListener("resize", layOutAgain);
setInterval(beat, BEAT_MS);
setInterval(() => { if (state.last && state.strings) tellTime(); }, 1000);
