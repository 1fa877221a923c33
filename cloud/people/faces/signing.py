"""A face opens a session: only of who agrees and is enrolled at the kiosk's own station, not often, always kept."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from cloud.identity.public import Visitor
from cloud.people.faces.models import FaceEnrolment, FaceLook, FaceSignIn
from cloud.people.models import Consent
from cloud.platform.core import Core
from cloud.platform.problems import ProblemError

#: A comparison is the reason of a sign-in for this long.
LOOK_WITHIN: Final = timedelta(minutes=1)
#: Sign-ins of one kiosk in a minute; a person needs about ten seconds.
MAX_PER_MINUTE: Final = 10
#: Refusals of one kiosk before it must wait: whoever holds its token cannot try persons one after the other.
MAX_REFUSED: Final = 5
REFUSED_WITHIN: Final = timedelta(minutes=10)

_WORDS: Final = {
    "no-face-consent": "没有同意刷脸办事，请刷身份证或用手机验证码",
    "face-not-enrolled": "没有在这个驿站登记人脸，请刷身份证或用手机验证码",
    "face-other-look": "刚才的比对不是本人，请刷身份证或用手机验证码",
    "face-too-often": "刷脸次数太多，请刷身份证或用手机验证码",
}


async def try_face(core: Core, kiosk: Visitor, person: UUID) -> ProblemError | None:
    """Judge and keep a wish to open a session by face; return why not. Inside a transaction."""
    result, look = await _judge(core, kiosk, person)
    await FaceSignIn.create(
        station=kiosk.station, slot=kiosk.slot, person=person, at=core.now(), result=result, look=look
    )
    return None if result == "ok" else _problem(result)


async def require_enrolled(person: UUID, station: str) -> None:
    """Return if somebody agrees and is enrolled at a station; else a 403 problem."""
    refusal = await _standing(person, station)
    if refusal:
        raise _problem(refusal)


async def _judge(core: Core, kiosk: Visitor, person: UUID) -> tuple[str, str]:
    """Return (`ok` or why not, the comparison that it follows from if its event is here already)."""
    now = core.now()
    mine = FaceSignIn.filter(station=kiosk.station, slot=kiosk.slot)
    refused = mine.exclude(result__in=["ok", "often"]).filter(at__gt=now - REFUSED_WITHIN)
    if await mine.filter(at__gt=now - LOOK_WITHIN).count() >= MAX_PER_MINUTE or await refused.count() >= MAX_REFUSED:
        return "often", ""
    refusal = await _standing(person, kiosk.station)
    if refusal:
        return refusal, ""
    looks = FaceLook.filter(station=kiosk.station, page=kiosk.slot, at__gt=now - LOOK_WITHIN)
    last = await looks.order_by("-at", "-id").first()
    if last is None:  # its event is still on its way: the row is completed when it comes
        return "ok", ""
    return ("ok", last.look) if last.booked == person else ("other-look", last.look)


async def _standing(person: UUID, station: str) -> str:
    if not await Consent.exists(person_id=person, purpose="face", withdrawn_at=None):
        return "no-consent"
    enrolled = await FaceEnrolment.exists(person=person, station=station, state="enrolled")
    return "" if enrolled else "not-enrolled"


def _problem(result: str) -> ProblemError:
    name = {"no-consent": "no-face-consent", "often": "face-too-often"}.get(result, f"face-{result}")
    return ProblemError(429 if result == "often" else 403, name, _WORDS[name])
