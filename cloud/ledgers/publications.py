"""Published sheets: frozen with the digest of their facts; what comes late makes a new version that says what changed.

One person asks with the sheet as it is then, another one approves exactly that document. Nothing published is ever
written again: a page, a picture or a PDF of a version is made of its document alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import uuid_utils

from cloud.identity import audit
from cloud.identity import service as identity
from cloud.identity.service import Principal
from cloud.ledgers.figures import days_of, facts_of, month_before, month_of, words
from cloud.ledgers.models import Publication
from cloud.ledgers.rules import rules_on
from cloud.ledgers.sheet import canonical, sha256_of, sheet_of
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError

#: Domain event: a sheet was published; the key is its id.
CHANGED: Final = "publication.changed"
APPROVAL: Final = "month.publish"
MONTH: Final = "month"
WAITING: Final = "waiting"
PUBLISHED: Final = "published"
#: Differences that a correction names; it says how many more there are.
MAX_CHANGES: Final = 40
MAX_WHY: Final = 300
MAX_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class Live:
    """A sheet as the facts are now."""

    document: dict[str, Any]
    inputs_sha256: str


async def live_sheet(core: Core, period: str) -> Live:
    """Return the sheet of a month as the facts are now; InvalidInputError when the month is no month, or to come."""
    _, last = days_of(period)
    if period > month_of(core):
        raise InvalidInputError(f"{period} 还没有到", {"period": "还没有到"})
    rules = rules_on(last)
    facts, before = await facts_of(core, period, rules), await facts_of(core, month_before(period), rules)
    document = sheet_of(facts, before, rules, words(), core.settings.operator_name)
    return Live(document, sha256_of({"now": facts.sha256, "before": before.sha256}))


async def ask_publication(core: Core, period: str, why: str, by: Principal) -> Publication:
    """Freeze the sheet of a month that is over and ask a second person to publish it; a correction says why."""
    live = await live_sheet(core, period)
    if period >= month_of(core):
        raise ConflictError("这个月还没有结束，不能发布月报", "month-not-over")
    async with transaction():
        newest = await newest_of(period)
        if newest is not None and newest.inputs_sha256 == live.inputs_sha256:
            raise ConflictError("和已经发布的月报没有不同，不需要更正", "nothing-changed")
        if newest is not None and not why.strip():
            raise InvalidInputError("更正须写明原因", {"why": "请写明原因"})
        if await is_waiting(core, period):
            raise ConflictError("这个月的月报正在等待审批", "approval-waiting")
        # Asked for earlier and not approved: nobody has seen it, it makes room.
        await Publication.filter(kind=MONTH, period=period, state=WAITING).delete()
        row = await Publication.create(
            id=UUID(str(uuid_utils.uuid7())), kind=MONTH, period=period, state=WAITING, why=why.strip()[:MAX_WHY],
            made_by=by.label, made_at=core.now(), **_frozen(live, newest),
        )  # fmt: skip
        reason = row.why or "月报到期发布"
        payload = {"id": str(row.id), "sha256": row.sha256}
        title = f"{period} 月报第 {row.number} 版"
        await identity.ask(core, identity.Question(APPROVAL, period, title, payload, reason), by)
        await audit.record(core, by.label, "publication.ask", f"publication:{row.id}", details={"period": period})
    return row


async def publish(core: Core, subject: str, payload: Mapping[str, Any]) -> None:
    """Publish what a second person approved: exactly that document (handler of APPROVAL)."""
    row = await get_publication(payload["id"])
    if row.period != subject or row.sha256 != payload["sha256"] or sha256_of(document_of(row)) != row.sha256:
        raise ConflictError("申请之后内容又改过，请重新申请发布", "publication-altered")
    now = core.now()
    await Publication.filter(id=row.id).update(state=PUBLISHED, published_at=now)
    await core.outbox.emit(CHANGED, str(row.id), {"period": row.period}, now)


async def is_waiting(core: Core, period: str) -> bool:
    """Return whether the sheet of a month waits for a second person."""
    return bool(await identity.waiting_about(core, APPROVAL, period))


async def newest_of(period: str) -> Publication | None:
    """Return the version of a month that is in force."""
    return await Publication.filter(kind=MONTH, period=period, state=PUBLISHED).order_by("-number").first()


async def newest() -> Publication | None:
    """Return the published sheet of the latest month."""
    return await Publication.filter(kind=MONTH, state=PUBLISHED).order_by("-period", "-number").first()


async def versions_of(period: str) -> Sequence[Publication]:
    """Return the published versions of a month, the newest first."""
    found = Publication.filter(kind=MONTH, period=period, state=PUBLISHED).order_by("-number")
    return await found.limit(MAX_LISTED)


async def published_in(year: int) -> Sequence[Publication]:
    """Return the version in force of every published month of a year, in order."""
    rows = Publication.filter(kind=MONTH, state=PUBLISHED, period__startswith=f"{year:04d}-")
    newest_first = {row.period: row for row in await rows.order_by("number").limit(MAX_LISTED)}
    return [newest_first[period] for period in sorted(newest_first)]


async def list_publications(limit: int = MAX_LISTED) -> Sequence[Publication]:
    """Return what was published, the latest month and its newest version first."""
    return await Publication.filter(state=PUBLISHED).order_by("-period", "-number").limit(limit)


async def get_publication(publication: str) -> Publication:
    """Return one version; NotFoundError when there is none."""
    try:
        row = await Publication.get_or_none(id=UUID(publication))
    except ValueError:
        row = None
    if row is None:
        raise NotFoundError(f"there is no publication {publication!r}")
    return row


def document_of(row: Publication) -> dict[str, Any]:
    """Return the document of a version."""
    document: dict[str, Any] = json.loads(row.document)
    return document


async def approver_of(row: Publication) -> str:
    """Return who approved a version."""
    payload = json.dumps({"id": str(row.id), "sha256": row.sha256}, ensure_ascii=False)
    return (await identity.approved_by(APPROVAL, row.period)).get(payload, "")


def _frozen(live: Live, newest: Publication | None) -> dict[str, Any]:
    """Return the columns of a version that follows `newest`: its document, hashes, and what differs."""
    changes = list(differences(document_of(newest), live.document)) if newest else []
    return {
        "number": newest.number + 1 if newest else 1,
        "document": canonical(live.document),
        "sha256": sha256_of(live.document),
        "inputs_sha256": live.inputs_sha256,
        "changes": json.dumps(shortened(changes), ensure_ascii=False),
    }


def shortened(changes: Sequence[str]) -> list[str]:
    """Return the first differences, and how many more there are."""
    rest = len(changes) - MAX_CHANGES
    return [*changes[:MAX_CHANGES], f"另有 {rest} 处"] if rest > 0 else list(changes)


_TOTALS: Final = {
    "vacancies": "岗位空缺", "seekers": "求职人数", "posts": "岗位数", "firms": "招聘单位",
    "placed": "重点群体实现就业",
}  # fmt: skip


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between two sheets of a month, in the words of a reader; pure."""
    for name, words_ in _TOTALS.items():
        before, after = old["totals"][name]["value"], new["totals"][name]["value"]
        if before != after:
            yield f"{words_} {before:,} → {after:,}"
    before, after = old["totals"]["ratio"]["value"], new["totals"]["ratio"]["value"]
    if before != after:
        yield f"求人倍率 {before or '—'} → {after or '—'}"
    yield from _wage_differences(old["wages"]["all"], new["wages"]["all"])
    for what, lines in (("industries", "行业"), ("detail", "职业")):
        was = {one["key"]: one for one in _lines_of(old, what)}
        now = {one["key"]: one for one in _lines_of(new, what)}
        for key in sorted({*was, *now}):
            before, after = (side.get(key, {}).get("ratio") for side in (was, now))
            if before != after:
                name = (now.get(key) or was[key])["name"]
                yield f"{lines}“{name}”求人倍率 {before or '—'} → {after or '—'}"


def _lines_of(document: Mapping[str, Any], what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["industries"] if what == "industries" else document["occupations"][what]
    return found


def _wage_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = old["median_fen"], new["median_fen"]
    if before != after:
        yield f"日均工资中位数 {_yuan(before)} → {_yuan(after)}"


def _yuan(fen: int | None) -> str:
    return "—" if fen is None else f"{fen / 100:,.2f} 元"
