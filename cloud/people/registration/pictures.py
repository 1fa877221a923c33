"""Pictures of papers: drawn anew, sealed and kept in the database, so that backup, rotation and erasure reach them."""

import base64
import hashlib
from typing import Any, Final
from uuid import UUID

from cloud.identity import audit
from cloud.people.registration.models import PersonPicture
from cloud.people.rows import new_id, open_text, read_id, seal_text
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.uploads import safe_picture

#: What is sent; a phone's camera makes 2 to 5 MB.
MAX_UPLOAD_BYTES: Final = 8 * 1024 * 1024
#: A paper stays legible at this, pixels.
MAX_SIDE: Final = 1_400
MAX_PICTURES: Final = 60
CONTENT_TYPE: Final = "image/jpeg"
#: What may be sent.
TYPES: Final = ("image/jpeg", "image/png", "image/webp")


async def redraw(data: bytes) -> bytes:
    """Return a picture drawn anew; call it before the transaction: it may take a second."""
    if not data:
        raise InvalidInputError("请选择照片", {"picture": "请选择照片"})
    return await safe_picture(data, max_bytes=MAX_UPLOAD_BYTES, max_side=MAX_SIDE)


async def keep_picture(core: Core, person: UUID, jpeg: bytes, by: str) -> dict[str, Any]:
    """Keep a redrawn picture of one of somebody's papers. Inside the caller's transaction, or its own."""
    async with core.outbox.transaction():
        if await PersonPicture.filter(person_id=person).count() >= MAX_PICTURES:
            raise ConflictError(f"一个人最多保存 {MAX_PICTURES} 张照片", "too-many")
        row_id, digest = new_id(), hashlib.sha256(jpeg).hexdigest()
        body = seal_text(core, "person_picture.body", row_id, base64.b64encode(jpeg).decode())
        await PersonPicture.create(
            id=row_id, person_id=person, body=body, sha256=digest, bytes=len(jpeg), added_by=by, added_at=core.now()
        )
        details = {"id": str(row_id), "sha256": digest}
        await audit.record(core, by, "picture.add", f"person:{person}", details=details)
    return {"id": str(row_id), "sha256": digest, "bytes": len(jpeg)}


async def show_picture(core: Core, person: UUID, picture: str, by: str) -> bytes:
    """Return a picture; that somebody saw it is recorded."""
    row = await PersonPicture.get_or_none(id=read_id(picture, "picture"), person_id=person)
    if row is None:
        raise NotFoundError("there is no such picture")
    await audit.record(core, by, "picture.read", f"person:{person}", details={"id": str(row.id)})
    return base64.b64decode(open_text(core, "person_picture.body", row.id, row.body))


async def own_picture(person: UUID, picture: str | None) -> UUID | None:
    """Return the id of a picture that is this person's; InvalidInputError when it is not."""
    if picture is None:
        return None
    row_id = UUID(picture)
    if not await PersonPicture.exists(id=row_id, person_id=person):
        raise InvalidInputError("没有这张照片", {"picture": "没有这张照片"})
    return row_id
