"""Pieces of pages that a city shows by the thousand: strips, their tables, cells of the last days.

Written as text, and kept: between two minutes nothing of a station's day changes, whoever looks at it.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from cloud.platform.kept import Kept
from cloud.web.formats import clock, day_name, minutes
from cloud.web.views.strip import STATE_ICONS, VERDICT_ICONS, Segment, Strip
from cloud.web.views.today import RecentStation
from firmware_profiles.ui.catalogue import Catalogue

#: Pieces of one kind that are kept: a city's stations, twice.
KEPT: Final = 256
#: Icons, and states with their words, that are kept.
WORDS: Final = 1_024
#: Days before these are left out on a narrow screen.
SHOWN_ALWAYS: Final = 5
_HEIGHT: Final = 26
#: (y, height) of a stretch: closed ones are lower, so that they differ without colour.
_BOXES: Final = {"closed": (7, 12)}
_TONES: Final = {"open": "good", "closed": "bad"}
_VERDICTS: Final = {"compliant": "good", "violation": "bad", "running": "", "unproven": ""}


class _Look(NamedTuple):
    """How a state is shown."""

    icon: str
    tone: str

    def around(self, word: str) -> tuple[str, str, str]:
        """Return what is said of a state whose word is given."""
        return self.icon, word, self.tone


_UNKNOWN: Final = _Look("help-circle", "mute")
_PRESENCES: Final = {
    "online": _Look("wifi", "good"), "stale": _Look("alert-triangle", "bad"), "offline": _Look("wifi-off", "bad"),
}  # fmt: skip
_HEALTHS: Final = {"good": _Look("circle-check", "good"), "stale": _Look("alert-triangle", "bad")}
_POSTS: Final = {
    "draft": _Look("pencil", "mute"), "in_review": _Look("eye", "bad"), "blocked": _Look("lock", "bad"),
    "published": _Look("broadcast", "good"), "closed": _Look("circle-x", "mute"),
}  # fmt: skip


class Pieces:
    """Markup in one language, with the icons of one build."""

    def __init__(self, words: Catalogue, icons: str) -> None:
        self._t = words
        self._icons = icons
        self.icon = lru_cache(WORDS)(self._icon)
        self.state = lru_cache(WORDS, typed=True)(self._state)
        self.strip_bar = lru_cache(KEPT)(self._strip_bar)
        self.strip_table = lru_cache(KEPT)(self._strip_table)
        self.recent_cells = lru_cache(KEPT)(self._recent_cells)
        self._kept: Kept[Hashable, Markup] = Kept(KEPT)

    def kept(self, of: Hashable, caller: Callable[[], Markup]) -> Markup:
        """Return the body of a `call` block, written once for what it is `of`; it must depend on nothing else."""
        known = self._kept.get(of)
        return known if known is not None else self._kept.keep(of, caller())

    def verdict(self, strip: Strip, pill: bool = True) -> Markup:  # noqa: FBT001, FBT002 - as templates call it
        """Return the verdict of a day."""
        return self.state(strip.icon, self._t(f"verdict.{strip.verdict}"), _VERDICTS.get(strip.verdict, "mute"), pill)

    def presence(self, name: str) -> Markup:
        """Return whether a station is there."""
        return self.state(*_PRESENCES.get(name, _UNKNOWN).around(self._t(f"presence.{name}")))

    def health(self, name: str) -> Markup:
        """Return how a slot is."""
        return self.state(*_HEALTHS.get(name, _UNKNOWN).around(self._t(f"health.{name}")))

    def post_state(self, name: str) -> Markup:
        """Return the state of a post."""
        return self.state(*_POSTS[name].around(self._t(f"post.state.{name}")))

    def _icon(self, name: str) -> Markup:
        address = escape(f"{self._icons}#{name}")
        return Markup(f'<svg class="icon" aria-hidden="true"><use href="{address}"></use></svg>')  # noqa: S704 - escaped

    def _state(self, symbol: str, word: str, tone: str = "", pill: bool = False, title: str = "") -> Markup:  # noqa: FBT001, FBT002
        """Return a status: icon and word, the tone (good | bad | mute | "") only supports them."""
        shape, more = " pill" if pill else "", f' title="{escape(title)}"' if title else ""
        text = (
            f'<span class="state {escape(tone)}{shape}"{more}>{self.icon(symbol)}'
            f'<span class="word">{escape(word)}</span></span>'
        )
        return Markup(text)  # noqa: S704 - escaped

    def _strip_bar(self, strip: Strip, label: str) -> Markup:
        """Return a day as a bar; what each stretch is stands in its title."""
        last = len(strip.ticks) - 1
        parts = [
            f'<svg class="strip" role="img" aria-label="{escape(label)}">',
            f'<rect class="track" x="0" y="0" width="100%" height="{_HEIGHT}"/>',
            *(self._stretch(part) for part in strip.segments),
        ]
        for place, tick in enumerate(strip.ticks):
            if 0 < place < last:
                parts.append(f'<line class="mark" x1="{tick.left}%" x2="{tick.left}%" y1="0" y2="{_HEIGHT}"/>')
            anchor = "start" if place == 0 else "end" if place == last else "middle"
            minor = " minor" if place % 2 else ""
            parts.append(
                f'<text class="tick{minor}" x="{tick.left}%" y="42" text-anchor="{anchor}">{escape(tick.label)}</text>'
            )
        if strip.now is not None:
            parts.append(f'<line class="now" x1="{strip.now}%" x2="{strip.now}%" y1="-4" y2="28"/>')
        return Markup("".join([*parts, "</svg>"]))  # noqa: S704 - numbers, our own words, and what was escaped

    def _stretch(self, part: Segment) -> str:
        y, height = _BOXES.get(part.state, (0, _HEIGHT))
        return (
            f'<rect class="{part.state}" x="{part.left}%" y="{y}" width="{part.width}%" height="{height}">'
            f"<title>{clock(part.start)}–{clock(part.end)} {self._t(f'strip.{part.state}')} {minutes(part.minutes)}"
            "</title></rect>"
        )

    def _strip_table(self, strip: Strip) -> Markup:
        """Return the rows of a day's table."""
        rows = [
            f"<tr><td>{clock(part.start)}</td><td>{clock(part.end)}</td>"
            f'<td><span class="state {_TONES.get(part.state, "mute")}">{self.icon(STATE_ICONS[part.state])}'
            f'<span class="word">{self._t(f"strip.{part.state}")}</span></span></td>'
            f'<td class="num">{minutes(part.minutes)}</td></tr>'
            for part in strip.segments
        ]
        return Markup("".join(rows))  # noqa: S704 - our own words

    def _recent_cells(self, row: RecentStation) -> Markup:
        """Return a station's cells, one for each of the last days; the older ones go first on a narrow screen."""
        extra = len(row.days) - SHOWN_ALWAYS
        cells = [
            f'<td class="d {one.verdict}{" extra" if place < extra else ""}">'
            f'<a href="/venues/{escape(row.id)}?day={one.day}#calendar"'
            f' title="{day_name(one.day)} {self._t(f"verdict.{one.verdict}")}">{self.icon(VERDICT_ICONS[one.verdict])}'
            f'<span class="word">{self._t(f"verdict.short.{one.verdict}")}</span></a></td>'
            for place, one in enumerate(row.days)
        ]
        return Markup("".join(cells))  # noqa: S704 - our own words, and the id escaped
