"""The papers of a round: pictures drawn anew and sealed; whoever looks at one is in the audit chain."""

import base64
import hashlib
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.employers.cases import open_round
from cloud.employers.lookup import papers_on
from cloud.employers.models import FirmCase, FirmPaper
from cloud.employers.states import EDITABLE
from cloud.identity import audit
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.keyring import place
from cloud.platform.times import market_day
from cloud.platform.uploads import safe_picture

#: Key of keyring.SEALED.
PICTURE: Final = "firm_paper.picture"
#: A licence is read at this size, pixels; four of them are about 2 MB in the database.
MAX_SIDE: Final = 1_600
#: A photo as phones take it.
MAX_UPLOAD_BYTES: Final = 8 * 1024 * 1024


async def redraw(core: Core, kind: str, data: bytes) -> bytes:
    """Return the picture as it is kept; NotFoundError when the law asks for no such paper. Outside transactions."""
    if kind not in {one.kind for one in papers_on(market_day(core.now()))}:
        raise NotFoundError(f"there is no paper {kind!r}")
    return await safe_picture(data, max_bytes=MAX_UPLOAD_BYTES, max_side=MAX_SIDE)


async def keep_paper(core: Core, firm: UUID, kind: str, picture: bytes, *, by: str) -> None:
    """Put a picture of `redraw` into the open round, in place of the one before."""
    async with core.outbox.transaction():
        row = await open_round(core, firm, by=by)
        if row.state not in EDITABLE:
            raise ConflictError("材料已提交，正在核验；要修改请先撤回", "case-state")
        await FirmPaper.filter(case_id=row.id, kind=kind).delete()
        paper = UUID(str(uuid_utils.uuid7()))
        await FirmPaper.create(
            id=paper,
            case_id=row.id,
            kind=kind,
            picture=core.keyring.seal(base64.b64encode(picture).decode(), place(PICTURE, paper)),
            sha256=hashlib.sha256(picture).hexdigest(),
            size_bytes=len(picture),
            by=by,
            at=core.now(),
        )
        await audit.record(core, by, "paper.keep", f"firm:{firm}", details={"kind": kind, "bytes": len(picture)})


async def read_paper(core: Core, firm: UUID, case: str, kind: str, *, by: str) -> bytes:
    """Return a picture as JPEG and note who looked; NotFoundError when there is none."""
    try:
        row = await FirmCase.get_or_none(id=UUID(case), firm=firm)
    except ValueError:
        row = None
    paper = await FirmPaper.get_or_none(case_id=row.id, kind=kind) if row else None
    if paper is None or paper.picture is None:
        raise NotFoundError("there is no such paper")
    await audit.record(core, by, "paper.read", f"firm:{firm}", details={"kind": kind})
    return base64.b64decode(core.keyring.open(paper.picture, place(PICTURE, paper.id)))
