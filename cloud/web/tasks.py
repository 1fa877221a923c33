"""The page 系统 → 任务: regular jobs with how they went, and events that were set aside; the same over REST."""

import re
from typing import Final

from aiohttp import web

from cloud.platform import outbox, scheduler
from cloud.platform.errors import NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE
from cloud.platform.models import JobRow, PoisonEvent
from cloud.platform.shapes import Shape, Time
from cloud.web.shell import STRINGS, system_page
from firmware_profiles.ui.catalogue import Catalogue
from protocols.venue.timestamps import format_time

#: Events on the page and in one answer; the oldest are what a person begins with.
SHOWN: Final = 200
MAX_DIGITS: Final = 18
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


class Task(Shape):
    """One regular job."""

    name: str
    label: str
    result: str
    text: str
    started_at: Time | None
    duration_ms: int | None
    due_at: Time
    runs: int
    failures: int
    missed: int
    asked: bool


class Poison(Shape):
    """One event that a consumer could not take."""

    id: int
    consumer: str
    event_id: int
    topic: str
    key: str
    error: str
    tries: int
    happened_at: Time
    at: Time
    asked: bool


class Wished(Shape):
    """What will be done within seconds."""

    asked: str


class Tasks(Shape):
    """Everything that runs by itself."""

    jobs: list[Task]
    poison: list[Poison]


async def list_tasks(request: web.Request) -> web.Response:
    """GET /api/v1/tasks."""
    return answer(await _tasks(request.app[STRINGS]))


async def run_task(request: web.Request) -> web.Response:
    """POST /api/v1/tasks/{name}/run: it starts within seconds."""
    name = _name(request)
    await scheduler.ask(name)
    return answer(Wished(asked=name), 202)


async def retry_event(request: web.Request) -> web.Response:
    """POST /api/v1/poison/{id}/retry: its consumer gets it again within seconds."""
    await _retry(request)
    return answer(Wished(asked=str(_number(request))), 202)


async def tasks_page(request: web.Request) -> web.Response:
    """GET /system/tasks."""
    return await _page(request)


async def run_form(request: web.Request) -> web.Response:
    """POST /system/tasks/{name}/run."""
    name = _name(request)
    await scheduler.ask(name)
    t = request.app[STRINGS]
    return await _page(request, t("task.asked_for", name=_label(t, name)))


async def retry_form(request: web.Request) -> web.Response:
    """POST /system/poison/{id}/retry."""
    await _retry(request)
    return await _page(request, request.app[STRINGS]("poison.asked_for"))


async def _retry(request: web.Request) -> None:
    core = request.app[CORE]
    await outbox.retry_poison(core.outbox, _number(request), core.now())


async def _page(request: web.Request, message: str = "") -> web.Response:
    tasks = await _tasks(request.app[STRINGS])
    return system_page(request, "tasks.html", "tasks", tasks=tasks, message=message, message_bad=False)


async def _tasks(t: Catalogue) -> Tasks:
    jobs = [_task(t, row) for row in await JobRow.all().order_by("name")]
    poison = await PoisonEvent.all().order_by("id").limit(SHOWN)
    return Tasks(jobs=jobs, poison=[_poison(row) for row in poison])


def _task(t: Catalogue, row: JobRow) -> Task:
    return Task(
        name=row.name, label=_label(t, row.name), result=row.result, text=row.text, runs=row.runs, missed=row.missed,
        started_at=format_time(row.started_at) if row.started_at else None, due_at=format_time(row.due_at),
        duration_ms=row.duration_ms, failures=row.failures, asked=row.asked,
    )  # fmt: skip


def _poison(row: PoisonEvent) -> Poison:
    return Poison(
        id=row.id, consumer=row.consumer, event_id=row.event_id, topic=row.topic, key=row.key, error=row.error,
        tries=row.tries, happened_at=format_time(row.happened_at), at=format_time(row.at), asked=row.asked,
    )  # fmt: skip


def _label(t: Catalogue, name: str) -> str:
    """Return a job's name in words; one of another version has only its own."""
    key = f"task.name.{name}"
    return t(key) if key in t else name


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    if not _NAME.fullmatch(name):
        raise NotFoundError("there is no job of this name")
    return name


def _number(request: web.Request) -> int:
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise NotFoundError(f"no event {text!r} is set aside")
    return int(text)
