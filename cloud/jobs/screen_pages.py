"""The editor's gate: what is wrong with the text typed so far, marked in it, and a text that passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from aiohttp import web

from cloud.jobs.gate import Finding as Found
from cloud.jobs.gate import Standard, rewrite_text, screen_fields
from cloud.jobs.screening.rewrite import Cut
from cloud.jobs.standards import post_standard
from cloud.platform.keys import CORE
from cloud.platform.times import market_day
from cloud.web.shell import page
from cloud.web.views.posts import Finding, cut_quote

#: Fields of the form that the gate reads; a text longer than the form takes is cut, the form refuses it anyway.
FIELDS: Final = ("title", "requirements", "hours", "pay_method")
MAX_CHARACTERS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Marked:
    """One field: its text in parts (text, severity or nothing), the text that passes, and what that took out."""

    name: str
    parts: Sequence[tuple[str, str]]
    rewritten: str
    cuts: Sequence[Cut]


async def screen(request: web.Request) -> web.Response:
    """POST /posts/screen: what the gate would say about the text typed so far."""
    form = await request.post()
    texts = {name: str(form.get(name, ""))[:MAX_CHARACTERS] for name in FIELDS}
    standard = post_standard(market_day(request.app[CORE].now()))
    found = screen_fields(texts, standard)
    findings = [Finding(one.rule, one.severity, one.law, cut_quote(texts[one.field], one.span)) for one in found]
    return page(request, "jobs/_screening.html", findings=findings, marked=marked(texts, found, standard))


def marked(texts: Mapping[str, str], found: Sequence[Found], standard: Standard) -> list[Marked]:
    """Return the fields in which something was found."""
    fields = []
    for name, text in texts.items():
        mine = [one for one in found if one.field == name]
        if mine:
            done = rewrite_text(text, standard)
            fields.append(Marked(name, parts_of(text, mine), done.text, done.cuts))
    return fields


def parts_of(text: str, found: Sequence[Found]) -> list[tuple[str, str]]:
    """Return a text cut where findings begin and end: (part, worst severity that lies on it or nothing)."""
    edges = sorted({0, len(text), *(edge for one in found for edge in one.span)})
    parts: list[tuple[str, str]] = []
    for start, end in pairwise(edges):
        on_it = {one.severity for one in found if one.span[0] <= start and end <= one.span[1]}
        severity = "block" if "block" in on_it else next(iter(on_it), "")
        if parts and parts[-1][1] == severity:
            parts[-1] = (parts[-1][0] + text[start:end], severity)
        else:
            parts.append((text[start:end], severity))
    return parts
