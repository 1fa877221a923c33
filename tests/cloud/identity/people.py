"""People of the tests: accounts, their sessions and authenticators."""

from datetime import datetime

import pyotp

from cloud.identity import factor, service
from cloud.identity.accounts import account_named
from cloud.identity.principals import Principal
from cloud.platform.core import Core

PASSWORD = "correct horse battery"  # noqa: S105 - the test's own


async def person(core: Core, name: str, role: str = "admin", **terms: object) -> Principal:
    """Add an account and return the person as he is after his login."""
    await service.add_account(core, name, role, PASSWORD, service.AccountTerms(**terms))  # type: ignore[arg-type]
    return (await service.log_in(core, name, PASSWORD)).principal


def code(secret: str, now: datetime, steps: int = 0) -> str:
    """Return what an authenticator shows, some half minutes from now."""
    return pyotp.TOTP(secret).at(now, counter_offset=steps)


async def enrol(core: Core, name: str) -> tuple[str, list[str]]:
    """Give an account a second factor; return its secret and the recovery codes."""
    begun = await factor.begin(core, await account_named(name))
    codes = await factor.confirm(core, await account_named(name), code(begun.secret, core.now(), -1))
    return begun.secret, codes
