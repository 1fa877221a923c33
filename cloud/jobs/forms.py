"""Between the editor's form (text, yuan) and a draft (numbers, fen); pure. Errors are by field of the form."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from cloud.platform.errors import FieldError
from firmware_profiles.ui.catalogue import Catalogue

#: Field of the draft -> field of the form, where the names differ.
PLACES: Final[dict[str, str]] = {
    "place.district": "district",
    "place.address": "address",
    "pay.min_fen": "pay_min",
    "pay.max_fen": "pay_max",
    "pay.unit": "pay_unit",
    "pay.method": "pay_method",
    "contact.name": "contact_name",
    "contact.phone": "contact_phone",
}
#: Fields of the form that registers a firm.
FIRM_FIELDS: Final = ("uscc", "name", "contact_name", "contact_phone")
#: Field of the form with a word of its own, by code of the error -> string of the catalogue.
_OWN_WORDS: Final[dict[tuple[str, str], str]] = {
    ("firm", "missing"): "firm",
    ("occupation", "missing"): "occupation",
    ("occupation", "occupation"): "occupation",
    ("pay_min", "whole"): "number",
    ("pay_max", "whole"): "number",
    ("headcount", "whole"): "whole",
    ("headcount", "too_small"): "whole",
    ("form", "choice"): "choice",
    ("pay_unit", "choice"): "choice",
    ("valid_from", "date"): "date",
    ("valid_to", "date"): "date",
}
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
        "source_url": form.get("source_url", "").strip() or None,
        "repost": form.get("repost") == "yes",
        "term_days": _whole(form["term_days"]) or 0 if form.get("term_days", "").strip() else None,
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
        "source_url": post["source_url"] or "",
        "repost": "yes" if post["repost"] else "",
        "term_days": str(post["term_days"] or ""),
    }


def form_errors(errors: Iterable[FieldError], t: Catalogue) -> dict[str, str]:
    """Return errors of a draft by field of the form, in the staff's words."""
    found: dict[str, str] = {}
    for one in errors:
        parts = one.field.split(".")
        name = PLACES.get(one.field) or PLACES.get(".".join(parts[:2])) or parts[0]
        own = _OWN_WORDS.get((name, one.code))
        found.setdefault(name, t(f"form.{own}") if own else one.text)
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
