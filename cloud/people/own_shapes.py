"""What the REST interface answers to somebody about himself."""

from cloud.people.guidance.shapes import CaseShown, NoteShown
from cloud.people.placements.shapes import PlacementLine
from cloud.people.registration.shapes import FlagShown
from cloud.platform.shapes import Shape


class OwnRecordShown(Shape):
    """What was done for the caller: services, appointments, placements, talks of guidance."""

    flags: list[FlagShown]
    cases: list[CaseShown]
    placements: list[PlacementLine]
    guidance: list[NoteShown]
