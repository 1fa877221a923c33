"""The second factor of an account: enrolled with a code that proves it, each code taken once, paper codes beside it."""

from dataclasses import dataclass
from uuid import UUID

from cloud.identity import codes, passwords, tries
from cloud.identity.errors import WrongCodeError, WrongPasswordError
from cloud.identity.models import RecoveryCode, StaffAccount, StaffSession
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import ConflictError
from cloud.platform.keyring import place

SECRET_PLACE = "account.totp"  # noqa: S105 - the name of a column
WAITING_PLACE = "account.totp_waiting"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that no code has proved yet."""

    secret: str
    uri: str


async def begin(core: Core, account: StaffAccount) -> Enrolment:
    """Give an account a new secret that waits for its first code."""
    if account.totp_secret:
        raise ConflictError("已启用两步验证", "second-factor-set")
    secret = codes.new_secret()
    sealed = core.keyring.seal(secret, place(WAITING_PLACE, account.id))
    await StaffAccount.filter(id=account.id).update(totp_waiting=sealed)
    return Enrolment(secret, codes.uri_of(secret, account.name))


async def waiting(core: Core, account: StaffAccount) -> Enrolment | None:
    """Return the secret that waits for its first code."""
    if not account.totp_waiting:
        return None
    secret = core.keyring.open(account.totp_waiting, place(WAITING_PLACE, account.id))
    return Enrolment(secret, codes.uri_of(secret, account.name))


async def confirm(core: Core, account: StaffAccount, code: str, keep_session: str = "") -> list[str]:
    """Put the waiting secret in force and return recovery codes; WrongCodeError. Other sessions end."""
    found = await waiting(core, account)
    if found is None:
        raise ConflictError("请先扫描二维码", "no-second-factor")
    await tries.count(core, {"code": str(account.id)})
    step = codes.matching_step(found.secret, codes.plain(code), core.now())
    if step is None:
        raise WrongCodeError("验证码不对")
    await tries.forgive({"code": str(account.id)})
    values = {
        "totp_secret": core.keyring.seal(found.secret, place(SECRET_PLACE, account.id)),
        "totp_waiting": None,
        "totp_step": step,
        "totp_at": core.now(),
    }
    async with transaction():
        await StaffAccount.filter(id=account.id).update(**values)
        await StaffSession.filter(account_id=account.id).exclude(id=keep_session).delete()
        return await renew_recovery_codes(core, account.id)


async def check_code(core: Core, account: StaffAccount, code: str) -> None:
    """Take a code of the authenticator or a recovery code, each only once; WrongCodeError or LockedError."""
    await tries.count(core, {"code": str(account.id)})
    plain = codes.plain(code)
    taken = await (_take_totp(core, account, plain) if codes.is_totp(plain) else _take_recovery(core, account, plain))
    if not taken:
        raise WrongCodeError("验证码不对，或已经用过")
    await tries.forgive({"code": str(account.id)})


async def _take_totp(core: Core, account: StaffAccount, code: str) -> bool:
    if not account.totp_secret:
        return False
    secret = core.keyring.open(account.totp_secret, place(SECRET_PLACE, account.id))
    step = codes.matching_step(secret, code, core.now())
    if step is None:
        return False
    # One statement: of two who send the same code at once one is told that it was used.
    return await StaffAccount.filter(id=account.id, totp_step__lt=step).update(totp_step=step) == 1


async def _take_recovery(core: Core, account: StaffAccount, code: str) -> bool:
    unused = RecoveryCode.filter(account_id=account.id, code_hash=_hash(core, code), used_at__isnull=True)
    return await unused.update(used_at=core.now()) == 1


async def renew_recovery_codes(core: Core, account_id: UUID) -> list[str]:
    """Return new recovery codes; those before are worth nothing any more."""
    made = codes.new_recovery_codes()
    async with transaction():
        await RecoveryCode.filter(account_id=account_id).delete()
        for code in made:
            await RecoveryCode.create(account_id=account_id, code_hash=_hash(core, codes.plain(code)))
    return made


async def recovery_codes_left(account_id: UUID) -> int:
    """Return how many recovery codes have not been used."""
    return await RecoveryCode.filter(account_id=account_id, used_at__isnull=True).count()


async def remove(account_id: UUID) -> None:
    """Take the second factor away and end every session of the account."""
    async with transaction():
        await StaffAccount.filter(id=account_id).update(totp_secret=None, totp_waiting=None, totp_at=None)
        await RecoveryCode.filter(account_id=account_id).delete()
        await StaffSession.filter(account_id=account_id).delete()


async def check_password(core: Core, account: StaffAccount, password: str) -> None:
    """Have a person who is signed in prove his password again; WrongPasswordError or LockedError."""
    subjects: dict[tries.Kind, str] = {"name": account.name.casefold()}
    await tries.count(core, subjects)
    if not await passwords.verify_password(account.password_hash, password):
        raise WrongPasswordError("当前密码不对")
    await tries.forgive(subjects)


def _hash(core: Core, code: str) -> str:
    return core.keyring.blind("recovery", code)
