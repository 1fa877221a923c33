"""What a message is for, and when it may reach whom (quiet hours, opt-out, age). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from cloud.platform.times import MARKET_TIME
from firmware_profiles.ui.messages import Purpose

#: Nobody's phone rings from 22:00 to 7:00 for what he did not ask for.
QUIET_FROM: Final = time(22, 0)
QUIET_UNTIL: Final = time(7, 0)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of one purpose: `asked` by the person himself just now, worth sending up to `max_age` after it was written.

    What was asked for knows no quiet hours and no opt-out.
    """

    asked: bool
    max_age: timedelta
    #: The content is forgotten this long after it was written; None: it is kept as the inbox is.
    forget_after: timedelta | None = None


PURPOSES: Final[Mapping[Purpose, Rules]] = {
    "code": Rules(asked=True, max_age=timedelta(minutes=5), forget_after=timedelta(minutes=10)),
    "application": Rules(asked=False, max_age=timedelta(hours=24)),
    "contract": Rules(asked=False, max_age=timedelta(hours=24)),
    "pay": Rules(asked=False, max_age=timedelta(hours=24)),
    "recommendation": Rules(asked=False, max_age=timedelta(hours=24)),
    "notice": Rules(asked=False, max_age=timedelta(hours=24)),
    "staff": Rules(asked=False, max_age=timedelta(hours=24)),
}


def quiet_until(moment: datetime) -> datetime | None:
    """Return when the quiet hours in force at `moment` end, None outside them."""
    local = moment.astimezone(MARKET_TIME)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, MARKET_TIME).astimezone(moment.tzinfo)
