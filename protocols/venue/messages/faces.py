"""Faces at a kiosk: who was enrolled, and how each comparison ended. No template, no picture, no name."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.venue.document import Count, Uuid
from protocols.venue.ids import Id
from protocols.venue.messages.common import Data

#: The name of a pack with the hash of its recogniser.
Model = Annotated[str, Field(min_length=1, max_length=64)]
#: A cosine, rounded to two digits: finer ones would tell more of a face than an audit needs.
Score = Annotated[float, Field(ge=-1, le=1)]


class PersonEnrolled(Data):
    """A person who agreed was enrolled; `consent` is the cloud's number of his consent, `page` the kiosk's slot."""

    person: Uuid
    consent: Annotated[str, Field(min_length=1, max_length=36)]
    model: Model
    frames: Annotated[Count, Field(le=64)]
    page: Id


class LookEnded(Data):
    """One comparison; `person` is absent when nobody is meant, `second` is the next person's score, for the margin.

    `gallery` is how many people were searched, `second_factor` what came of the digits that a proposal asked for.
    """

    look: Annotated[str, Field(min_length=1, max_length=64)]
    mode: Literal["sign_in", "enrol", "verify"]
    outcome: Literal["proposed", "same", "other", "unknown", "enrolled", "gave_up"]
    person: Uuid | None = None
    score: Score | None = None
    second: Score | None = None
    threshold: Score
    gallery: Count
    model: Model
    live: Literal["none", "challenge", "passive"]
    second_factor: Literal["none", "right", "wrong"] = "none"
    page: Id
