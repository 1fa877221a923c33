"""Files beside a policy: a PDF as it came, or a picture drawn anew; a few of each, none of them large."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

import uuid_utils

from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.inputs import id_of
from cloud.platform.uploads import MAX_BYTES, safe_picture
from cloud.policies.models import PolicyFile
from cloud.policies.register import get_policy, live_one

MAX_FILES: Final = 6
PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
_PDF_HEAD: Final = b"%PDF-"
MAX_NAME: Final = 120


async def add_file(core: Core, policy_id: str, name: str, data: bytes, *, by: str) -> PolicyFile:
    """Keep a file of a policy; InvalidInputError when it is too large or neither a PDF nor a picture."""
    if data.startswith(_PDF_HEAD):
        if len(data) > MAX_BYTES:
            raise InvalidInputError(f"文件最大 {MAX_BYTES // 1024 // 1024} MB", {"file": "文件太大"})
        content, media = data, PDF
    else:
        content, media = await safe_picture(data), JPEG
    async with core.outbox.transaction():
        row = await get_policy(policy_id)
        if await PolicyFile.filter(policy_id=row.id).count() >= MAX_FILES:
            raise ConflictError(f"一条内容最多 {MAX_FILES} 个附件", "too-many-files")
        return await PolicyFile.create(
            id=UUID(str(uuid_utils.uuid7())), policy_id=row.id, name=name.strip()[:MAX_NAME] or "附件", media=media,
            content=content, sha256=hashlib.sha256(content).hexdigest(), by=by, at=core.now(),
        )  # fmt: skip


async def files_of(policy: UUID) -> Sequence[tuple[UUID, str]]:
    """Return (id, name) of a policy's files, the first one first."""
    return [(row.id, row.name) for row in await PolicyFile.filter(policy_id=policy).order_by("id").only("id", "name")]


async def file(file_id: str) -> PolicyFile:
    """Return one file; NotFoundError when there is none."""
    row = await PolicyFile.get_or_none(id=id_of(file_id, "没有这个附件"))
    if row is None:
        raise NotFoundError("没有这个附件")
    return row


async def public_file(file_id: str, day: date) -> PolicyFile:
    """Return a file of a policy that the public may read on a day."""
    row = await file(file_id)
    if await live_one(str(row.policy_id), day) is None:
        raise NotFoundError("没有这个附件")
    return row
