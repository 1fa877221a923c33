"""The phone pages of a jobseeker's registration: one question a screen, wishes for training, help to start up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from cloud.identity import audit
from cloud.jobs import service as jobs
from cloud.people.desk.replies import fields_of, many_of, words_of
from cloud.people.guidance import cases, catalogue
from cloud.people.guidance.drafts import CaseBody
from cloud.people.models import Person
from cloud.people.own_api import own_record
from cloud.people.persons import UnderAgeError, get_person
from cloud.people.registration import sources, tables
from cloud.people.registration.completeness import ANSWERABLE
from cloud.people.registration.drafts import ProfileChange
from cloud.people.registration.forms import NONE_IS_AN_ANSWER, QUESTIONS, change_values, form_values
from cloud.people.registration.origin import origin_of
from cloud.people.registration.profiles import Document, read_profile, save_profile
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError
from cloud.platform.keys import CORE, VISITOR
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import parse
from cloud.platform.times import market_day
from cloud.web.phone import go, phone_page
from cloud.web.shell import STRINGS

HOME: Final = "/my"
#: Question -> how it is answered (question.html).
KINDS: Final[Mapping[str, str]] = {
    "born": "date", "wishes": "wishes", "forms": "many", "places": "many", "hours": "text", "pay": "pay",
    "district": "one", "street": "one", "education": "one", "skills": "text", "trainings": "text", "ability": "long",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with an answer, and what was typed."""

    text: str = ""
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)


NOTHING_WRONG: Final = Wrong()
_FORMS: Final = ("full_time", "part_time", "temporary", "project")
MAX_CODE: Final = 16


async def start(request: web.Request) -> web.Response:
    """GET /my/start?from=: what a QR code at a station opens; the scan is counted."""
    code = request.query.get("from", "")[:MAX_CODE]
    source = await sources.note_scan(request.app[CORE], code) if code else None
    found, label = (source.id, source.label) if source else ("", "")
    return phone_page(request, "people/start.html", home=HOME, code=found, label=label)


async def question_page(request: web.Request) -> web.Response:
    """GET /my/register?q=&from=: the question asked for, else the first one without an answer."""
    person, profile = await _self(request)
    asked = _questions(person)
    name = request.query.get("q", "")
    if name not in asked:
        name = next((one for one in asked if not _answered(one, profile)), "")
    return await _question(request, person, profile, name) if name else _told(request, person, profile)


async def save_answer(request: web.Request) -> web.Response:
    """POST /my/register?q=: keep one answer and ask the next question."""
    core, visitor = request.app[CORE], request[VISITOR]
    person, profile = await _self(request)
    form, many, asked = await fields_of(request), await many_of(request), _questions(person)
    name = request.query.get("q", "")
    if name not in asked:
        return go(f"{HOME}/register")
    try:
        change = parse(ProfileChange, _values(name, form, many, profile))
        # The QR of a registration point, else that of a post or wall that was scanned within a day.
        source = form.get("from", "")[:MAX_CODE] or jobs.source_in(request.cookies)
        await save_profile(core, person, change, origin_of(visitor, source))
    except UnderAgeError as error:
        return phone_page(request, "people/too_young.html", home=HOME, status=error.status)
    except InvalidInputError as error:
        return await _question(request, person, profile, name, Wrong(words_of(error), 422, form))
    following = asked[asked.index(name) + 1 :]
    return go(f"{HOME}/register?q={following[0]}" if following else f"{HOME}/registered")


async def told_page(request: web.Request) -> web.Response:
    """GET /my/registered: how complete the registration is, and what is missing."""
    person, profile = await _self(request)
    return _told(request, person, profile)


async def trainings_page(request: web.Request) -> web.Response:
    """GET /my/training: trainings to wish for."""
    return await _wanted(request, "training")


async def startups_page(request: web.Request) -> web.Response:
    """GET /my/startup: help to start up, with an appointment."""
    return await _wanted(request, "startup")


async def ask(request: web.Request) -> web.Response:
    """POST /my/training and POST /my/startup: ask for one of the list, or for what is not there."""
    core, visitor, form = request.app[CORE], request[VISITOR], await fields_of(request)
    which = request.path.rpartition("/")[2]
    person = await get_person(visitor.id)
    given = {name: value for name in ("about", "wish", "wanted_on") if (value := form.get(name, "").strip())}
    try:
        await cases.open_case(core, person, parse(CaseBody, given | {"kind": which}), origin_of(visitor))
    except InvalidInputError as error:
        return await _wanted(request, which, words_of(error), 422)
    except ConflictError as error:
        return await _wanted(request, which, str(error), 409)
    except ProblemError as error:
        return await _wanted(request, which, error.detail, error.status)
    return go(f"{HOME}/services?note=asked")


async def services_page(request: web.Request) -> web.Response:
    """GET /my/services: what was done for the person."""
    core, visitor = request.app[CORE], request[VISITOR]
    record = await own_record(core, await get_person(visitor.id), origin_of(visitor))
    note = f"my.note.{request.query.get('note', '')}"
    t = request.app[STRINGS]
    return phone_page(request, "people/services_mine.html", home=HOME, record=record, note=t(note) if note in t else "")


def _questions(person: Person) -> list[str]:
    """Return the questions somebody is asked: not his birth when his card says it."""
    return [name for name in QUESTIONS if name != "born" or person.birth is None]


def _answered(name: str, profile: Document) -> bool:
    return bool(profile[name]) or name in profile["answered"]


def _values(name: str, form: Mapping[str, str], many: Mapping[str, Sequence[str]], profile: Document) -> dict[str, Any]:
    """Return what one screen says; "none" is an answer, a street comes with its district."""
    if form.get("none") == "yes" and name in NONE_IS_AN_ANSWER and name in ANSWERABLE:
        return {name: None if name == "pay" else "" if name == "ability" else []}
    found = change_values(form, many, (name,))
    if name == "district":
        same = profile["district"] == found.get("district")
        return found | {"street": profile["street"] if same else ""}
    return found


async def _question(
    request: web.Request, person: Person, profile: Document, name: str, wrong: Wrong = NOTHING_WRONG
) -> web.Response:
    asked = _questions(person)
    place = asked.index(name)
    back = f"{HOME}/register?q={asked[place - 1]}" if place else HOME
    chosen = profile[name] if KINDS[name] in {"one", "many"} else ""
    context: dict[str, Any] = {
        "name": name, "kind": KINDS[name], "step": place + 1, "count": len(asked), "back": back, "error": wrong.text,
        "values": form_values(profile) | dict(wrong.typed), "choices": _choices(request, name, profile),
        "chosen": chosen if isinstance(chosen, list) else [chosen], "skippable": name in NONE_IS_AN_ANSWER,
        "code": request.query.get("from", "")[:MAX_CODE] or wrong.typed.get("from", ""),
    }  # fmt: skip
    return phone_page(request, "people/question.html", home=HOME, status=wrong.status, **context)


def _choices(request: web.Request, name: str, profile: Document) -> list[tuple[str, str]]:
    t = request.app[STRINGS]
    match name:
        case "forms":
            return [(one, t(f"ask.form.{one}")) for one in _FORMS]
        case "places" | "district":
            return list(tables.districts().items())
        case "street":
            return list(tables.streets().get(profile["district"], {}).items())
        case "education":
            return list(tables.educations().items())
        case _:
            return []


def _told(request: web.Request, person: Person, profile: Document) -> web.Response:
    bars = list(dict.fromkeys(bar.word for bar in tables.minor_bars()))
    first = _questions(person)[0]
    return phone_page(request, "people/told.html", home=HOME, profile=profile, bars=bars, first=first)


async def _wanted(request: web.Request, which: str, error: str = "", status: int = 200) -> web.Response:
    core: Core = request.app[CORE]
    today = market_day(core.now())
    kinds = ("training",) if which == "training" else catalogue.STARTUP_KINDS
    mine = await cases.cases_of(core, request[VISITOR].id, [which])
    context: dict[str, Any] = {
        "which": which, "offers": await catalogue.list_offers(kinds, today), "today": today.isoformat(),
        "asked": {one["about"] for one in mine if one["about"]}, "error": error,
    }  # fmt: skip
    return phone_page(request, "people/wanted.html", home=HOME, status=status, **context)


async def _self(request: web.Request) -> tuple[Person, Document]:
    core, visitor = request.app[CORE], request[VISITOR]
    person = await get_person(visitor.id)
    await audit.record(core, visitor.label, "person.read", f"person:{visitor.name}")
    return person, await read_profile(core, person, in_the_open=True)
