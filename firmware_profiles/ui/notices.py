"""The templates of emergency notices, a data table: one for each kind, most urgent first."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Template:
    """What a notice of a kind says unless somebody writes otherwise, and for how long."""

    kind: str
    name: str
    title: str
    text: str
    minutes: int


@cache
def notice_templates() -> dict[str, Template]:
    """Return kind -> template, in the order of urgency."""
    table = json.loads((files("firmware_profiles") / "ui" / "notices.zh-CN.json").read_text("utf-8"))
    return {row["kind"]: Template(**row) for row in table["templates"]}
