"""Between a form's texts and a change of a profile; the counter asks by part, the phone one question a screen. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cloud.jobs.forms import fen, yuan_text

#: Steps of the counter's form -> its questions.
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "basic": ("education", "place", "contact_phone"),
    "needs": ("wishes", "forms", "places", "hours", "pay", "willing"),
    "ability": ("skills", "ability", "trainings"),
}
#: Questions of the phone page, in their order; `born` is asked only while no card says it.
QUESTIONS: Final = (
    "born", "wishes", "forms", "places", "hours", "pay", "district", "street", "education", "skills", "trainings",
    "ability",
)  # fmt: skip
#: What somebody may pass by with "none".
NONE_IS_AN_ANSWER: Final = frozenset({"places", "pay", "skills", "trainings", "ability"})
#: What an empty field leaves as it is.
_LEFT_OUT: Final = frozenset({"place", "street", "born", "contact_phone"})
WISHES: Final = 3
_BREAK: Final = re.compile(r"[、,，;；\n]+")
_DISTRICT_DIGITS: Final = 6


def change_values(form: Mapping[str, str], many: Mapping[str, Sequence[str]], asked: Sequence[str]) -> dict[str, Any]:
    """Return what a ProfileChange is parsed from: only the questions that were `asked`; `many` are ticked boxes."""
    found: dict[str, Any] = {}
    for question in asked:
        found |= _answer(question, form, many)
    return found


def form_values(profile: Mapping[str, Any]) -> dict[str, str]:
    """Return a profile's texts as its form shows them."""
    pay = profile["pay"] or {}
    wishes = {f"wish{number}": wish["words"] for number, wish in enumerate(profile["wishes"], start=1)}
    return {
        "education": profile["education"],
        "place": profile["street"],
        "district": profile["district"],
        "street": profile["street"],
        "contact_phone": "",
        "born": profile["born"] or "",
        "hours": profile["hours"],
        "pay": yuan_text(pay["floor_fen"]) if pay else "",
        "pay_unit": pay.get("unit", "month"),
        "skills": "、".join(profile["skills"]),
        "trainings": "、".join(profile["trainings"]),
        "ability": profile.get("ability", ""),
        "willing": {True: "yes", False: "no"}.get(profile["willing"], ""),
        **wishes,
    }


def words_of(text: str) -> list[str]:
    """Return the words of a line that were parted by commas or their kin."""
    return [word for part in _BREAK.split(text) if (word := part.strip())]


def _answer(question: str, form: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    text = form.get(question, "").strip()
    if question in _LEFT_OUT and not text:
        return {}
    value: Any = text
    match question:
        case "place" | "street":
            return {"district": text[:_DISTRICT_DIGITS], "street": text}
        case "forms" | "places":
            value = list(many.get(question, ()))
        case "skills" | "trainings":
            value = words_of(text)
        case "wishes":
            lines = (form.get(f"wish{number}", "").strip() for number in range(1, WISHES + 1))
            value = [{"words": line} for line in lines if line]
        case "pay":
            value = _pay(text, form.get("pay_unit", ""))
        case "willing":
            value = {"yes": True, "no": False}.get(text)
    return {question: value}


def _pay(text: str, unit: str) -> dict[str, Any] | None:
    """Return the pay that was typed; what is no amount stays wrong, so that the form says so."""
    if not text:
        return None
    amount = fen(text)
    return {"floor_fen": amount if amount is not None else 0, "unit": unit}
