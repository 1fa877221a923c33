"""Who writes into a person's record, and from where. Pure."""

from dataclasses import dataclass

from cloud.identity.public import Visitor
from cloud.people.persons import Channel


@dataclass(frozen=True, slots=True)
class Origin:
    """`by` as histories name him, such as `staff:li` or `seeker:0195…`; `source` is what led here.

    That is the code of a QR for registration, or `qr:<kind>:<id>` of any other QR that was scanned.
    """

    by: str
    channel: Channel
    station: str = ""
    source: str = ""


def origin_of(visitor: Visitor, source: str = "") -> Origin:
    """Return where one of the public writes into his own record."""
    return Origin(visitor.label, "kiosk" if visitor.station else "phone", visitor.station, source)
