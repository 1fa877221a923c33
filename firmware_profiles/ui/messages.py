"""What the system tells people: templates as data, with what each provider thinks of them."""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from firmware_profiles.errors import BadMessages

Purpose = Literal["code", "application", "contract", "pay", "recommendation", "notice", "staff"]
Approval = Literal["draft", "approved", "refused"]
FILE: Final = "messages.toml"
#: A value is a name, a place, a sum; nothing longer belongs into a message.
MAX_VALUE_CHARS: Final = 100
#: Longest value of a field of a WeChat subscription message, by the word its name begins with.
WECHAT_CHARS: Final[Mapping[str, int]] = {
    "thing": 20, "phrase": 5, "character_string": 32, "name": 10, "time": 30, "date": 30, "amount": 20, "number": 32,
}  # fmt: skip


class AtProvider(BaseModel):
    """One provider's id of a template and its decision; `fields` are WeChat's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=64)
    state: Approval
    fields: dict[str, str] = Field(default_factory=dict)


class _Row(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Purpose
    title: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1, max_length=300)
    inbox: bool = True
    link: str = ""
    sms: AtProvider | None = None
    wechat: AtProvider | None = None
    call: bool = False

    @model_validator(mode="after")
    def _reaches_somebody(self) -> "_Row":
        if not (self.inbox or self.sms or self.wechat or self.call):
            raise ValueError("it is neither kept in the inbox nor sent")
        known = _names(self.title) | _names(self.text)
        for name, pattern in (self.wechat.fields if self.wechat else {}).items():
            if not _names(pattern) <= known:
                raise ValueError(f"field {name} uses a value that the text does not have")
            if _kind(name) not in WECHAT_CHARS:
                raise ValueError(f"field {name}: known kinds are {', '.join(WECHAT_CHARS)}")
        return self


@dataclass(frozen=True, slots=True)
class Template:
    """One template; `values` are the names that a sender must fill."""

    id: str
    purpose: Purpose
    title: str
    text: str
    inbox: bool = True
    link: str = ""
    sms: AtProvider | None = None
    wechat: AtProvider | None = None
    call: bool = False
    values: frozenset[str] = field(default_factory=frozenset)

    def render(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return title and text; BadMessages when `values` are not exactly the ones needed, or too long."""
        if frozenset(values) != self.values:
            raise BadMessages(f"template {self.id} takes {sorted(self.values)}, not {sorted(values)}")
        for name, value in values.items():
            if len(value) > MAX_VALUE_CHARS or any(ord(character) < ord(" ") for character in value):
                raise BadMessages(f"template {self.id}: {name} has above {MAX_VALUE_CHARS} characters or a control one")
        return self.title.format(**values), self.text.format(**values)

    def wechat_data(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the fields of the subscription message, each cut to what WeChat takes."""
        fields = self.wechat.fields if self.wechat else {}
        return {name: cut_field(name, pattern.format(**values)) for name, pattern in fields.items()}


Templates = Mapping[str, Template]


def cut_field(name: str, value: str) -> str:
    """Return `value` no longer than WeChat takes for a field of this name."""
    longest = WECHAT_CHARS[_kind(name)]
    return value if len(value) <= longest else value[: longest - 1] + "…"


def load_templates(overrides: Path | None = None) -> dict[str, Template]:
    """Return every template; `overrides` names other providers' ids and states; BadMessages says what does not fit."""
    rows = tomllib.loads(files("firmware_profiles.ui").joinpath(FILE).read_text("utf-8"))
    if overrides is not None:
        _override(rows, overrides)
    return {name: _template(name, row) for name, row in rows.items()}


def _override(rows: dict[str, Any], path: Path) -> None:
    try:
        changes = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadMessages(f"{path}: {error}") from error
    for name, change in changes.items():
        if name not in rows or not isinstance(change, dict) or not change.keys() <= {"sms", "wechat"}:
            raise BadMessages(f"{path}: [{name}] must be a known template with sms or wechat only")
        rows[name] |= change


def _template(name: str, values: Mapping[str, Any]) -> Template:
    try:
        row = _Row.model_validate(values)
    except ValidationError as error:
        raise BadMessages(f"template {name}: {error.errors()[0]['msg']}") from error
    return Template(
        id=name, purpose=row.purpose, title=row.title, text=row.text, inbox=row.inbox, link=row.link, sms=row.sms,
        wechat=row.wechat, call=row.call, values=_names(row.title) | _names(row.text),
    )  # fmt: skip


def _names(pattern: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None)


def _kind(name: str) -> str:
    return name.rstrip("0123456789")
