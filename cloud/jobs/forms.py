"""Between the editor's form (text, yuan) and a draft (numbers, fen); pure. Errors are by field of the form."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from firmware_profiles.ui.catalogue import Catalogue

#: Field of the draft -> field of the form, where the names differ.
PLACES: Final[dict[str, str]] = {
    "place.district": "district",
    "place.address": "address",
    "pay.min_fen": "pay_min",
    "pay.max_fen": "pay_max",
    "pay.unit": "pay_unit",
    "pay.method": "pay_method",
    "pay": "pay_max",
    "contact.name": "contact_name",
    "contact.phone": "contact_phone",
    "": "valid_to",
}
#: Fields of the form that registers a firm.
FIRM_FIELDS: Final = ("uscc", "name", "contact_name", "contact_phone")
#: Words of the validating library -> string of the catalogue: staff read Chinese.
_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("at least 1 character", "missing"),
    ("Field required", "missing"),
    ("valid integer", "whole"),
    ("greater than", "whole"),
    ("less than", "too_large"),
    ("valid date", "date"),
    ("at most", "too_long"),
    ("match pattern", "characters"),
    ("Input should be 'month'", "choice"),
    ("max_fen", "order"),
    ("valid_to", "date_order"),
    ("用工形式", "choice"),
    ("职业代码", "occupation"),
)
_MONEY: Final = frozenset({"pay_min", "pay_max"})
_YUAN: Final = re.compile(r"\d{1,8}(\.\d{1,2})?")
_SKILL_BREAK: Final = re.compile(r"[、,，;；\n]+")


def post_values(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a draft is parsed from."""
    values = {name: form.get(name, "").strip() for name in _TEXTS}
    return {
        **values,
        "headcount": _whole(form.get("headcount", "")),
        "skills": [word for part in _SKILL_BREAK.split(form.get("skills", "")) if (word := part.strip())],
        "place": {"district": form.get("district", ""), "address": form.get("address", "")},
        "pay": {
            "min_fen": fen(form.get("pay_min", "")),
            "max_fen": fen(form.get("pay_max", "")),
            "unit": form.get("pay_unit", ""),
            "method": form.get("pay_method", ""),
        },
        "contact": {"name": form.get("contact_name", ""), "phone": form.get("contact_phone", "")},
        "source": form.get("source", "").strip() or None,
    }


_TEXTS: Final = ("firm", "title", "occupation", "requirements", "hours", "form", "valid_from", "valid_to")


def firm_values(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a firm's draft is parsed from."""
    contact = {"name": form.get("contact_name", ""), "phone": form.get("contact_phone", "")}
    return {"uscc": form.get("uscc", ""), "name": form.get("name", ""), "contact": contact}


def form_of_post(post: Mapping[str, Any]) -> dict[str, str]:
    """Return a stored post as the editor shows it."""
    same = {name: str(post[name]) for name in (*_TEXTS, "headcount")}
    return same | {
        "skills": "、".join(post["skills"]),
        "district": post["place"]["district"],
        "address": post["place"]["address"],
        "pay_min": yuan_text(post["pay"]["min_fen"]),
        "pay_max": yuan_text(post["pay"]["max_fen"]),
        "pay_unit": post["pay"]["unit"],
        "pay_method": post["pay"]["method"],
        "contact_name": post["contact"]["name"],
        "contact_phone": post["contact"]["phone"],
        "source": post["source"] or "",
    }


def form_errors(fields: Mapping[str, str], t: Catalogue) -> dict[str, str]:
    """Return errors of a draft by field of the form, in the staff's words."""
    found: dict[str, str] = {}
    for place, text in fields.items():
        parts = place.split(".")
        name = PLACES.get(place) or PLACES.get(".".join(parts[:2])) or parts[0]
        found.setdefault(name, _in_words(name, text, t))
    return found


def fen(yuan: str) -> int | None:
    """Return yuan as typed, such as `7,500.5`, in fen; None when it is no amount."""
    text = yuan.strip().replace(",", "").replace("，", "")
    return int(Decimal(text) * 100) if _YUAN.fullmatch(text) else None


def yuan_text(amount_fen: int) -> str:
    """Return fen as yuan to be edited."""
    return f"{Decimal(amount_fen) / 100:f}"


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - bounds int()


def _in_words(field: str, text: str, t: Catalogue) -> str:
    word = next((name for words, name in _WORDS if words in text), "")
    if word == "whole" and field in _MONEY:
        word = "number"
    return t(f"form.{word}") if word else text
