"""The audit chain: every write and every read of a personal record leaves a row that nobody can alter unnoticed.

`record` belongs to the transaction in force: act and row become true together. No personal data and no secret goes
into a row: subjects are ids, details are small words and numbers.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Literal

from cloud.identity.auditmodels import AuditHead, AuditRow
from cloud.identity.chain import GENESIS, Entry, clean, details_text, head_mac
from cloud.platform.core import Core
from cloud.platform.database import before_commit, lock_names, transaction
from cloud.platform.keyring import derive

Result = Literal["ok", "refused", "failed"]

MAX_ACTOR: Final = 80
MAX_ACTION: Final = 64
MAX_SUBJECT: Final = 160
MAX_REASON: Final = 500
MAX_DETAILS: Final = 2_000
HEAD_KEY: Final = "audit head v1"
LOCK: Final = "audit"
HEAD_ID: Final = 1


@dataclass(slots=True)
class Scene:
    """Where acts of one request come from; `rows` counts what it recorded by itself, `kept` what nothing undoes."""

    request: str
    address: str
    rows: int = 0
    kept: int = 0


_SCENE: "Final[ContextVar[Scene | None]]" = ContextVar("scene", default=None)


@contextmanager
def scene(request: str, address: str) -> Iterator[Scene]:
    """Give what is recorded in the body the id and the address of its request."""
    current = Scene(request, address)
    token = _SCENE.set(current)
    try:
        yield current
    finally:
        _SCENE.reset(token)


async def record(  # noqa: PLR0913 - who, what, on what, and why: each is a column
    core: Core,
    actor: str,
    action: str,
    subject: str,
    *,
    details: Mapping[str, object] | None = None,
    reason: str = "",
    result: Result = "ok",
) -> None:
    """Add a row to the chain, in the transaction in force or in one of its own; `action` is `noun.verb`.

    A refusal or a failure is kept when that transaction is undone.
    """
    at_hand = _SCENE.get()
    text = details_text(details or {})
    if len(text) > MAX_DETAILS:
        raise ValueError(f"details of {action} have more than {MAX_DETAILS} characters")
    entry = Entry(
        number=0,
        at=core.now(),
        actor=clean(actor, MAX_ACTOR),
        action=clean(action, MAX_ACTION),
        subject=clean(subject, MAX_SUBJECT),
        result=result,
        reason=clean(reason, MAX_REASON),
        details=text,
        request=at_hand.request if at_hand else "",
        address=at_hand.address if at_hand else "",
    )
    async with transaction():
        # The head is what everybody locks: nothing else is locked behind it.
        before_commit(partial(_append, core, entry), always=result != "ok")
    if at_hand is not None:
        at_hand.rows += 1
        at_hand.kept += result != "ok"


async def subjects_between(start: datetime, end: datetime, prefix: str, actor: str = "") -> int:
    """Return how many different subjects with a prefix were read or written in a time, by one actor or by anybody."""
    found = AuditRow.filter(at__gte=start, at__lt=end, subject__startswith=prefix, result="ok")
    if actor:
        found = found.filter(actor=actor)
    return len(await found.distinct().values_list("subject", flat=True))


async def locked_head() -> AuditHead:
    """Return the head; nobody else adds a row before the transaction in force ends."""
    await lock_names([LOCK])
    head = await AuditHead.get_or_none(id=HEAD_ID)
    return head or AuditHead(id=HEAD_ID, number=0, hash=GENESIS, anchor_number=0, anchor_hash=GENESIS, mac="")


def sign_head(core: Core, head: AuditHead) -> None:
    """Put the MAC on a head that is about to be saved."""
    key = derive(core.secret, HEAD_KEY)
    head.mac = head_mac(key, head.number, head.hash, head.anchor_number, head.anchor_hash)


async def _append(core: Core, entry: Entry) -> None:
    head = await locked_head()
    row = replace(entry, number=head.number + 1)
    row_hash = row.hashed(head.hash)
    await AuditRow.create(**asdict(row), hash=row_hash)
    head.number, head.hash = row.number, row_hash
    sign_head(core, head)
    await head.save()
