"""Codes on their way to phones."""

from typing import Final

from cloud.identity.onetime import CODE_LIFETIME, Asker, Purpose, issue
from cloud.platform.core import Core
from cloud.platform.notify import service as notify

#: Template of the message that carries a code.
CODE_TEMPLATE: Final = "login-code"


async def send_code(core: Core, phone: str, purpose: Purpose, asker: Asker, *, known: bool = True) -> None:
    """Send a code to a phone; TooManyCodesError above the limits.

    Of a phone that is not `known` where only known ones get in the request is counted, and nothing is sent: the
    caller sees no difference.
    """
    async with core.outbox.transaction():
        issued = await issue(core, phone, purpose, asker)
        if known:
            values = {"code": issued.code, "minutes": str(int(CODE_LIFETIME.total_seconds() // 60))}
            name = f"code:{issued.id}"
            await notify.send(core, name, CODE_TEMPLATE, values, name, phone=phone)
