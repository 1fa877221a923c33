"use strict";
// Faces at the kiosk: consent, four digits, being looked at with plain words, success, withdrawal. No picture is shown.

const CHECK_DIGITS = 4;
const FRAMES = 5;
const STEPS = 4; // text, two times four digits, camera

Object.assign(state, { check: { phone4: "", birthday: "" } });

// What the oval shows beside the words of a reason: an arrow, a lamp, a second head; 100 x 100 around the oval.
const DRAWN = {
  nobody: "M50 88V66M42 74l8-8 8 8",
  two_faces: "M82 34a11 15 0 1 1-.1 0M96 82c-2-14-26-14-28 0",
  too_far: "M50 96V74M42 82l8-8 8 8M8 50h14M16 44l6 6-6 6M92 50H78M84 44l-6 6 6 6",
  too_near: "M22 50H8M14 44l-6 6 6 6M78 50h14M86 44l6 6-6 6",
  turned: "M50 8v12M44 14l6 6 6-6",
  dark: "M10 22h.01M20 12h.01M12 12l8 10M84 10v10M79 15h10",
  bright: "M86 16a6 6 0 1 0 .1 0M86 4v4M86 28v4M74 16h-4M98 16h4",
  blurred: "M8 40q4-6 8 0t8 0M8 52q4-6 8 0t8 0M76 40q4-6 8 0t8 0M76 52q4-6 8 0t8 0",
  hold_still: "M8 44v12M14 44v12M86 44v12M92 44v12",
  turn_left: "M24 50H4M12 42l-8 8 8 8",
  turn_right: "M76 50h20M88 42l8 8-8 8",
  blink: "M36 46q5 6 10 0M54 46q5 6 10 0",
  good: "M36 52l10 10 18-22",
};

function drawing(reason) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 100 104");
  svg.setAttribute("class", `oval oval-${reason}`);
  svg.setAttribute("aria-hidden", "true");
  const oval = document.createElementNS(ns, "ellipse");
  for (const [name, value] of Object.entries({ cx: 50, cy: 50, rx: 26, ry: 34, class: "frame" })) oval.setAttribute(name, String(value));
  const arrow = document.createElementNS(ns, "path");
  arrow.setAttribute("d", DRAWN[reason] ?? "");
  svg.append(oval, ...faceBox(ns), arrow);
  return svg;
}

// Where the station sees the face, as a frame and no picture; mirrored, as people expect of a glass; thousandths.
function faceBox(ns) {
  const box = state.face.box;
  if (!Array.isArray(box) || box.length !== 4) return [];
  const [x, y, width, height] = box.map((part) => Math.min(1000, Math.max(0, part)) / 10);
  const made = document.createElementNS(ns, "rect");
  for (const [name, value] of Object.entries({ x: 100 - x - width, y, width, height, rx: 6, class: "seen" })) made.setAttribute(name, String(value));
  return [made];
}

function takeFace(face) {
  const before = state.face.state;
  state.face = face;
  if (!state.strings || !state.picture) return;
  if (state.step === "service" || state.step === "ways") return void (before !== face.state && render());
  if (state.step === "withdrawn") return render();
  const looking = state.step === "face_look" || state.step === "enrol_look";
  if (!looking) return;
  if (face.state === "proposed" && state.step === "face_look") return proposed(face);
  if (face.state === "enrolled") return show("enrolled");
  if (["unknown", "gave_up", "off"].includes(face.state)) return show("face_unknown");
  if (face.state === "looking") render();
}

function proposed(face) {
  if (face.needs_second) return show("face_confirm");
  confirmFace("");
}

function startLooking() {
  act(async () => {
    state.face = { ...state.face, state: "idle", reason: "start" };
    show("face_look");
    await post("face/look");
  }, () => go("face_unknown"));
}

function stopLooking() {
  if (["face_look", "face_confirm", "enrol_look"].includes(state.step)) post("face/stop").catch(() => {});
}

function confirmFace(digits) {
  act(async () => {
    await post("face/confirm", { digits });
  }, (error) => {
    state.typed = "";
    if (error.reason !== "wrong_digits") go("face_unknown");
  });
}

function notMe() {
  act(async () => {
    await post("face/wrong");
    leave(text("wrong_done"));
  });
}

function reasonWords() {
  const reason = state.face.state === "looking" ? state.face.reason || "start" : "start";
  return [reason, text(`reason.${reason}`)];
}

function lookScreen(title, hint, step, of) {
  const [reason, words] = reasonWords();
  const line = element("p", "reason", words);
  line.setAttribute("role", "status");
  const parts = [steps(step, of, title, hint), wrongLine(), drawing(reason), line];
  if (state.step === "enrol_look") parts.push(frames());
  return parts;
}

function frames() {
  const done = Math.min(FRAMES, state.face.frames || 0);
  const box = element("p", "frames");
  box.append(...[...Array(FRAMES)].map((_, at) => element("i", at < done ? "full" : "")), element("span", "", text("enrol_frames", { n: done, of: FRAMES })));
  return box;
}

function faceLook() {
  const pair = element("div", "pair");
  pair.append(button("choice", text("face_use_card"), () => startWay("card")), button("choice", text("face_use_phone"), () => startWay("phone")));
  return [...lookScreen(text("face_title"), text("face_hint"), 1, 2), pair, backHome()];
}

function faceUnknown() {
  const failed = state.face.state === "gave_up" ? "failed" : "unknown";
  const words = state.face.state === "off" ? [text("face_off_title"), text("refused.face_off")] : [text(`face_${failed}_title`), text(`face_${failed}_hint`)];
  const again = state.face.state === "off" ? [] : [button("back", text("face_again"), signedIn() ? startEnrol : startLooking)];
  return [steps(1, 1, ...words), wrongLine(), ...again, ...waysIn("face"), signedIn() ? button("back", text("back"), () => show("me")) : backHome()];
}

function openConsent() {
  act(async () => {
    await readText("face");
    show("face_consent");
  });
}

// Two answers of the same size; whoever says no goes on with his card, and nothing else changes.
function consentScreen() {
  const no = () => show("me");
  return [
    steps(1, STEPS, text("consent_title"), state.consentText.summary), wrongLine(), paper(state.consentText.text),
    agreement(["consent_yes", () => act(async () => { await post("face/consent"); show("face_check"); })], ["consent_no", no]),
  ];
}

function checkScreen(name, step, full) {
  return [steps(step, STEPS, text(`check_${name}`), text(`check_${name}_hint`)), wrongLine(), keypad(CHECK_DIGITS, full, true), button("back", text("back"), () => show("me"))];
}

function startEnrol(birthday) {
  if (typeof birthday !== "string") return show("face_check"); // again: the digits were forgotten with the try
  state.check.birthday = birthday;
  act(async () => {
    state.face = { ...state.face, state: "idle", frames: 0 };
    show("enrol_look");
    const check = state.check;
    state.check = { phone4: "", birthday: "" };
    await post("face/enrol", check);
  }, () => go("face_check"));
}

function enrolledScreen() {
  const list = element("ul", "told");
  const station = state.picture.title;
  list.append(...["enrolled_what", "enrolled_where", "enrolled_undo"].map((name) => element("li", "", text(name, { station }))));
  return [icon("M4 12.500l5 5L20 6.500", "big-icon good"), steps(1, 1, text("enrolled_title")), list, button("choice main-choice", text("done"), () => show("me"))];
}

function settingsScreen() {
  const on = state.session.face;
  const acts = element("div", "choices");
  const usable = state.face.state !== "off";
  if (usable) acts.append(button("choice main-choice", text(on ? "settings_redo" : "settings_open"), on ? () => show("face_check") : openConsent));
  if (on) acts.append(button("choice", text("settings_withdraw"), () => show("withdraw")));
  const off = usable ? [] : [element("p", "hint", text("refused.face_off"))];
  return [steps(1, 1, text("settings_title"), text(on ? "settings_on" : "settings_off")), wrongLine(), ...off, acts, button("back", text("back"), () => show("me"))];
}

function withdraw() {
  act(async () => {
    await post("face/withdraw");
    show("withdrawn");
  });
}

function withdrawnScreen() {
  const gone = element("p", "hello", text("withdrawn_gone"));
  gone.hidden = state.face.erased !== true;
  return [steps(2, 2, text("withdrawn_title"), text("withdrawn_hint")), gone, button("choice main-choice", text("done"), () => show("me"))];
}

Object.assign(SCREENS, {
  face_look: faceLook,
  face_confirm: () => [steps(2, 2, text("face_confirm_title"), text("face_confirm_hint")), wrongLine(), keypad(CHECK_DIGITS, confirmFace, true), ...waysIn("face"), backHome()],
  face_unknown: faceUnknown,
  face_consent: consentScreen,
  face_check: () => checkScreen("phone4", 2, (digits) => { state.check.phone4 = digits; show("face_birthday"); }),
  face_birthday: () => checkScreen("birthday", 3, startEnrol),
  enrol_look: () => [...lookScreen(text("enrol_title"), text("enrol_hint"), STEPS, STEPS), button("back", text("back"), () => { stopLooking(); show("me"); })],
  enrolled: enrolledScreen,
  face_settings: settingsScreen,
  withdraw: () => [steps(1, 2, text("withdraw_title"), text("withdraw_hint")), wrongLine(), agreement(["withdraw_yes", withdraw], ["withdraw_no", () => show("me")])],
  withdrawn: withdrawnScreen,
});
