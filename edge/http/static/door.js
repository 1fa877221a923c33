"use strict";
// The door of a page that asks for the hall's PIN; the page has the form `door`, its own words and a line to say things in.

const REFUSALS = { 403: "wrong", 404: "no_pin", 429: "wait" };

function guard(text, say, opened) {
  const part = (id) => document.getElementById(id);
  part("door").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch("/notice/enter", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ pin: part("pin").value }),
      });
      part("pin").value = "";
      part("pin-hint").textContent = text(answer.ok ? "door_hint" : REFUSALS[answer.status] ?? "failed");
      if (answer.ok) opened();
    } catch {
      say(text("offline"));
    }
  });
}
