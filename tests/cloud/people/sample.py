"""Sample persons: ID numbers that are well formed and nobody's (area 110101, order 00X), and ways to get in."""

from stdnum.cn import ric

from cloud.identity import public
from cloud.identity.onetime import Purpose
from cloud.identity.public import Asker, Opened, Visitor
from cloud.people import service as people
from cloud.people.persons import Identity
from cloud.platform.core import Core

PHONE = "13800000001"
OTHER_PHONE = "13800000002"
NAME = "示例甲"
ADDRESS = "镇江市润州区示例路1号2幢3室"
TERMS = ("terms",)
HOME = Asker("ip", "192.0.2.7")


def id_number(born: str = "19900307", order: int = 1) -> str:
    """Return a well-formed number; even orders are women."""
    body = f"110101{born}{order:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def identity(core: Core, born: str = "19900307", order: int = 1, name: str = NAME) -> Identity:
    """Return what a card with that number says."""
    return people.read_identity(core, name, id_number(born, order), ADDRESS)


async def code_for(core: Core, phone: str = PHONE, purpose: Purpose = "login", asker: Asker = HOME) -> str:
    """Return the code that a phone was sent."""
    return (await public.issue(core, phone, purpose, asker)).code


async def in_by_code(core: Core, phone: str = PHONE, kiosk: Visitor | None = None) -> Opened:
    """Log in by code, registering the first time."""
    code = await code_for(core, phone)
    opened = await people.log_in_by_code(core, phone, code, TERMS, kiosk)
    assert isinstance(opened, Opened)
    return opened


async def kiosk_of(core: Core, station: str = "st-01", slot: str = "kiosk-1") -> tuple[str, Visitor]:
    """Return a kiosk's token and the kiosk."""
    token = await public.create_kiosk_token(core, station, slot)
    kiosk = await public.visitor_of(core, token)
    assert kiosk is not None
    return token, kiosk
