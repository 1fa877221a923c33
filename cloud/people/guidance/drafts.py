"""What guidance, trainings and start-up help take over REST and from forms."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cloud.people.guidance.steps import Kind
from cloud.people.registration.drafts import Code
from cloud.people.texts import LineOrNone, Note, NoteOrNone, Word, line
from cloud.platform.shapes import Asked, Day, UuidText

Topic = Literal["career", "resume", "interview", "skills", "rights", "policy", "mood"]
Way = Literal["counter", "phone", "visit", "online"]
#: Kinds of start-up help (item 24): courses, projects, help with opening, advice on the guaranteed loan.
OfferKind = Literal["training", "course", "project", "opening", "loan"]


class NoteBody(Asked):
    """A talk of one-to-one guidance."""

    topic: Topic
    way: Way
    content: Note
    next_step: NoteOrNone = ""
    next_on: Day | None = None


class CaseBody(Asked):
    """A service for somebody: `about` is a row of the catalogue, `wish` says it in words where there is none."""

    kind: Kind
    about: UuidText | None = None
    wish: Annotated[str, line(60, 0)] = ""
    wanted_on: Day | None = None
    note: NoteOrNone = ""

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.kind in {"training", "startup"} and not (self.about or self.wish):
            raise ValueError("请选择项目，或写下想学什么、想办什么")
        return self


class OwnCaseBody(Asked):
    """What a jobseeker asks for himself: a training, or an appointment for start-up help."""

    about: UuidText | None = None
    wish: Annotated[str, line(60, 0)] = ""
    wanted_on: Day | None = None

    def case(self, kind: Literal["training", "startup"]) -> CaseBody:
        """Return it as a case; a validation error says what is missing."""
        return CaseBody(kind=kind, about=self.about, wish=self.wish, wanted_on=self.wanted_on)


class StepBody(Asked):
    """What happened next with a case."""

    state: Code
    outcome: Code = ""
    note: NoteOrNone = ""


class InstitutionBody(Asked):
    """An institution that trains."""

    name: Annotated[str, line(100)]
    address: LineOrNone = ""
    contact: Annotated[str, line(60, 0)] = ""
    valid_from: Day
    valid_to: Day | None = None


class OfferBody(Asked):
    """A row of a catalogue; `fee_fen` null: it is not said, 0: free."""

    kind: OfferKind
    title: Word
    text: NoteOrNone = ""
    occupation: Code = ""
    institution: UuidText | None = None
    place: LineOrNone = ""
    hours: LineOrNone = ""
    fee_fen: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    subsidy: Annotated[str, line(200, 0)] = ""
    seats: Annotated[int, Field(ge=1, le=10_000)] | None = None
    valid_from: Day
    valid_to: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.valid_to < self.valid_from:
            raise ValueError("结束日期不能早于开始日期")
        if self.kind == "training" and self.institution is None:
            raise ValueError("请选择培训机构")
        return self


class EnquiryBody(Asked):
    """A question that was answered; `person` null: somebody called and did not say who he is."""

    kind: Literal["training", "startup"]
    offer: UuidText | None = None
    person: UuidText | None = None
    question: Note
    answer: Note
