"""Impact assessments as kept papers: made from what is configured now, decided by the purchaser, never changed."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import uuid_utils
from tortoise import Tortoise

from cloud.fleet import service as fleet
from cloud.identity import audit
from cloud.identity.service import Principal
from cloud.legal.assessment import KINDS, Facts, Place, State, canonical, compose, digest, facts_of, kinds
from cloud.legal.models import Assessment
from cloud.legal.wording import in_force, today
from cloud.people.faces.figures import face_figures
from cloud.platform.core import Core
from cloud.platform.database import APP, lock_names, transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError

#: PIPL 56: reports are kept at least three years.
KEEP_YEARS: Final = 3
#: The operator is not trusted with its own papers: the purchaser signs.
SIGNER: Final = "purchaser"
MAX_TEXT_CHARS: Final = 4_000
MAX_LISTED: Final = 200


async def live_facts(core: Core, kind: str) -> Facts:
    """Return what is configured now."""
    if kind not in KINDS:
        raise NotFoundError(f"没有这种评估：{kind}")
    about = kinds()[kind]
    places = [Place(**place) for place in await fleet.placed_devices(about.slots)]
    texts = {name: in_force(core, name) for name in about.texts}
    return facts_of(kind, core.settings.operator_name, places, texts, state_of(core))


def state_of(core: Core) -> State:
    """Return what of this core an assessment mentions."""
    settings = core.settings
    safeguards = (
        ("database", "SQLite" if settings.database.startswith("sqlite") else "PostgreSQL"),
        ("broker", "tls" if settings.mqtt_url.startswith("mqtts") else "plain"),
        ("cookies", "secure" if settings.secure_cookies else "plain"),
        ("session", f"{settings.session_idle_minutes}"),
    )
    return State(table_names(), safeguards)


def table_names() -> frozenset[str]:
    """Return the tables of this version."""
    apps = Tortoise.apps or {}
    return frozenset(model._meta.db_table for model in apps[APP].values())  # noqa: SLF001 - the ORM's only way


async def make(core: Core, kind: str, by: Principal, *, conclusion: str, residual: str) -> Assessment:
    """Keep a new version of an assessment; it waits for the purchaser."""
    conclusion, residual = conclusion.strip(), residual.strip()
    _check({"residual": residual, "conclusion": conclusion})
    async with transaction():
        await lock_names([f"assessment {kind}"])
        facts = await live_facts(core, kind)
        newest = await Assessment.filter(kind=kind).order_by("-number").first()
        number = newest.number + 1 if newest else 1
        document = compose(kind, number, facts, conclusion, residual, await _figures(kind))
        row = await Assessment.create(
            id=UUID(str(uuid_utils.uuid7())),
            kind=kind,
            number=number,
            document=canonical(document),
            sha256=digest(document),
            facts_sha256=facts.sha256,
            made_by=by.label,
            made_at=core.now(),
            keep_until=years_after(today(core)),
        )
        await audit.record(core, by.label, "assessment.make", f"assessment:{row.id}", details={"kind": kind})
    core.hub.publish("notice", {})
    return row


async def decide(core: Core, paper: str, by: Principal, *, sign: bool, note: str) -> Assessment:
    """Sign an assessment or give it back; only the purchaser, once, and not who made it."""
    async with transaction():
        row = await Assessment.select_for_update().get_or_none(id=as_uuid(paper))
        if row is None:
            raise NotFoundError("没有这份评估")
        if by.role != SIGNER:
            raise ConflictError("影响评估由采购人签署", "not-the-purchaser")
        if row.made_by == by.label:
            raise ConflictError("编写人不能签署自己的评估", "own-paper")
        if row.state != "waiting":
            raise ConflictError("这份评估已经处理过", "already-decided")
        if not sign and not note.strip():
            raise InvalidInputError("退回须写明理由", {"note": "退回须写明理由"})
        row.state, row.note = "signed" if sign else "returned", note.strip()[:MAX_TEXT_CHARS]
        row.decided_by, row.decided_at = by.label, core.now()
        row.keep_until = years_after(today(core))
        await row.save(update_fields=["state", "note", "decided_by", "decided_at", "keep_until"])
        action = "assessment.sign" if sign else "assessment.return"
        await audit.record(core, by.label, action, f"assessment:{row.id}", details={"sha256": row.sha256})
    core.hub.publish("notice", {})
    return row


async def get(paper: str) -> tuple[Assessment, dict[str, Any]]:
    """Return an assessment with its document; ConflictError when the document is not what was kept."""
    row = await Assessment.get_or_none(id=as_uuid(paper))
    if row is None:
        raise NotFoundError("没有这份评估")
    document: dict[str, Any] = json.loads(row.document)
    if digest(document) != row.sha256:
        raise ConflictError("这份评估的内容与保存时的摘要不符，请核查数据库", "altered-paper")
    return row, document


async def papers_of(kind: str) -> list[Assessment]:
    """Return the versions of a kind, newest first."""
    return await Assessment.filter(kind=kind).order_by("-number").limit(MAX_LISTED)


async def waiting() -> Sequence[Assessment]:
    """Return what waits for the purchaser, oldest first."""
    return await Assessment.filter(state="waiting").order_by("id").limit(MAX_LISTED)


def years_after(day: date, years: int = KEEP_YEARS) -> date:
    """Return the same day some years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def as_uuid(text: str) -> UUID:
    """Return an id from an address."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundError("没有这份文件") from error


async def _figures(kind: str) -> list[str]:
    """Return what was counted of the matter at this moment, in words."""
    return await face_figures() if kind == "face" else []


def _check(texts: Mapping[str, str]) -> None:
    words = f"请写明，最多 {MAX_TEXT_CHARS} 字"
    wrong = {name: words for name, text in texts.items() if not 1 <= len(text) <= MAX_TEXT_CHARS}
    if wrong:
        raise InvalidInputError(words, wrong)
