"""What a firm's people do with its posts."""

from cloud.identity.public import Visitor
from cloud.jobs import service as jobs
from cloud.platform.core import Core
from cloud.platform.errors import NotFoundError


async def confirm_own(core: Core, visitor: Visitor, post_id: str) -> None:
    """Note that the firm still seeks; NotFoundError when the post is not its own."""
    if visitor.firm is None or not await jobs.belongs_to(post_id, visitor.firm):
        raise NotFoundError("there is no such post of yours")
    await jobs.confirm_post(core, post_id, by=visitor.label)
