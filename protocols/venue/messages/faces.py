"""What happened before a kiosk's camera: enrolments and looks. No picture, no template, no name."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.venue.document import Count, Uuid
from protocols.venue.ids import Id
from protocols.venue.messages.common import Data

#: A cosine, rounded to two digits: enough for an audit, too little to climb by.
Score = Annotated[float, Field(ge=-1, le=1)]
Model = Annotated[str, Field(max_length=100)]


class PersonEnrolled(Data):
    """Templates of a person were made here, under the consent of that id; only then may the gallery list him."""

    person: str
    consent: str
    model: Model
    frames: Annotated[int, Field(ge=3, le=8)]
    page: Id


class LookEnded(Data):
    """One look of a camera at one person, for the audit of every match.

    `proposed` and `unknown` answer 1:N among `gallery` people, `same` and `other` 1:1. `second_factor`: what the
    person typed to confirm a proposal, `none` when nothing was needed.
    """

    look: Uuid
    mode: Literal["sign_in", "enrol", "verify"]
    outcome: Literal["proposed", "same", "other", "unknown", "enrolled", "gave_up"]
    person: str | None = None
    score: Score
    second: Score
    threshold: Score
    gallery: Count
    model: Model
    live: Literal["none", "challenge", "passive"]
    second_factor: Literal["none", "right", "wrong"]
    page: Id
