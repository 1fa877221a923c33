"""What a profile file may say, and how it judges settings (W17) and command arguments (W19)."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from protocols.venue.ids import Id
from protocols.venue.vocabulary import Kind

#: Longest text a setting or argument may hold when its profile names no `max_length`.
MAX_TEXT: Final = 200
#: Settings and commands of one profile together; they all travel in every birth.
MAX_CAPABILITIES: Final = 32

ValueRefusal = Literal["wrong_type", "out_of_range"]
SettingRefusal = Literal["unknown_field", "wrong_type", "out_of_range", "read_only"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Scheme = Literal[
    "sim", "tcp", "serial", "lp", "evdev", "file", "video", "mjpeg", "rtsp", "onvif", "ipp", "ipps", "page", "http",
    "https", "mqtt", "broker", "snmp",
]  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)


class Value(_Part):
    """One setting or argument; `min`/`max` bound numbers, `max_length` and `choices` texts."""

    type: Literal["number", "integer", "boolean", "string"]
    min: float | None = None
    max: float | None = None
    max_length: int = MAX_TEXT
    choices: list[str] | None = None
    #: A regular expression that the whole text must match.
    pattern: str | None = None
    default: Any = None
    required: bool = True
    #: A setting that the device tells and nobody can wish for.
    read_only: bool = False

    def refuse(self, value: object) -> ValueRefusal | None:
        """Return why `value` cannot stand here, or None."""
        match self.type:
            case "boolean":
                return None if isinstance(value, bool) else "wrong_type"
            case "string":
                return self._refuse_text(value)
            case _:
                return self._refuse_number(value)

    def refuse_wish(self, value: object) -> SettingRefusal | None:
        """Return why `value` cannot be wished for, or None."""
        return "read_only" if self.read_only else self.refuse(value)

    def _refuse_text(self, value: object) -> ValueRefusal | None:
        if not isinstance(value, str):
            return "wrong_type"
        fits = len(value) <= self.max_length and (self.choices is None or value in self.choices)
        fits = fits and (self.pattern is None or re.fullmatch(self.pattern, value) is not None)
        return None if fits else "out_of_range"

    def _refuse_number(self, value: object) -> ValueRefusal | None:
        allowed = (int,) if self.type == "integer" else (int, float)
        if isinstance(value, bool) or not isinstance(value, allowed):
            return "wrong_type"
        low = float("-inf") if self.min is None else self.min
        high = float("inf") if self.max is None else self.max
        return None if low <= value <= high else "out_of_range"

    def describe(self) -> str:
        """Return what is allowed, for the text of a refusal."""
        if self.type == "string":
            return f"one of {', '.join(self.choices)}" if self.choices else f"text up to {self.max_length} characters"
        if self.type == "boolean":
            return "true or false"
        low, high = ("" if bound is None else f"{bound:g}" for bound in (self.min, self.max))
        return f"{self.type} {low}–{high}"

    @model_validator(mode="after")
    def _default_fits(self) -> Self:
        if self.default is not None and self.refuse(self.default) is not None:
            raise ValueError(f"default {self.default!r} is not {self.describe()}")
        return self


class CommandSpec(_Part):
    """One command: its arguments, how long it may take, and whether running it twice is the same as once."""

    args: dict[Name, Value] = Field(default_factory=dict)
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    idempotent: bool
    #: Several wait for their turn in a slot instead of being refused as `busy`.
    queued: bool = False
    #: The device can say afterwards what became of it (`Driver.settle`); asked before it is `indeterminate`.
    traceable: bool = False

    def refuse(self, args: Mapping[str, object]) -> str | None:
        """Return what is wrong with the arguments (the text of `bad_args`), or None."""
        for name in args:
            if name not in self.args:
                return f"{name}: unknown"
        for name, value in self.args.items():
            if name not in args:
                if value.required:
                    return f"{name}: missing, {value.describe()}"
            elif value.refuse(args[name]) is not None:
                return f"{name}: {value.describe()}"
        return None


class Profile(_Part):
    """One device model with one firmware family."""

    id: Id
    kind: Kind
    driver: str
    title_zh: Annotated[str, Field(min_length=1, max_length=40)]
    #: Address schemes that this device can be reached by.
    schemes: Annotated[list[Scheme], Field(min_length=1)]
    heartbeat_s: Annotated[int, Field(ge=1, le=3600)] = 60
    #: What the driver needs to know of this model, e.g. a register map; judged by the driver.
    options: dict[str, Any] = Field(default_factory=dict)
    #: `presence`: the device sees that somebody is there, not only that he passes (edge/hall.py).
    senses: Literal["", "presence"] = ""
    settings: dict[Name, Value] = Field(default_factory=dict)
    commands: dict[Name, CommandSpec] = Field(default_factory=dict)

    @property
    def capabilities(self) -> list[str]:
        """Return settings and commands as a birth lists them."""
        return [*sorted(self.settings), *(f"cmd:{name}" for name in sorted(self.commands))]

    def defaults(self) -> dict[str, Any]:
        """Return the settings that hold when nobody wishes otherwise."""
        return {name: value.default for name, value in self.settings.items() if value.default is not None}

    def judge_settings(self, wished: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, SettingRefusal]]:
        """Return (what can be applied, field -> why not): good fields apply although others fail (D20)."""
        good: dict[str, Any] = {}
        bad: dict[str, SettingRefusal] = {}
        for name, value in wished.items():
            known = self.settings.get(name)
            reason: SettingRefusal | None = "unknown_field" if known is None else known.refuse_wish(value)
            if reason is None:
                good[name] = value
            else:
                bad[name] = reason
        return good, bad

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if len(self.settings) + len(self.commands) > MAX_CAPABILITIES:
            raise ValueError(f"more than {MAX_CAPABILITIES} settings and commands")
        return self
