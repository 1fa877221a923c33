"""What placements take over REST and from forms."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from cloud.people.placements.proofs import ProofKind, proof_rules
from cloud.people.registration.drafts import Code, Form
from cloud.people.texts import Note, NoteOrNone, line
from cloud.platform.shapes import Asked, Day, UuidText
from protocols.venue.rfc3339 import parse_time


def _moment(value: object) -> object:
    return parse_time(value) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
Whom = Literal["person", "employer"]


class ClaimBody(Asked):
    """Somebody began to work: at a post of ours, or at an employer by name."""

    person: UuidText
    post: UuidText | None = None
    employer: Annotated[str, line(100, 0)] = ""
    title: Annotated[str, line(60, 0)] = ""
    occupation: Code = ""
    form: Form
    started_on: Day

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.post and not self.employer:
            raise ValueError("请选择岗位，或填写用人单位名称")
        return self


class ProofBody(Asked):
    """What proves it; which of the members a kind needs is said by tables/placement_proofs.csv."""

    kind: ProofKind
    reference: Annotated[str, line(60, 0)] = ""
    picture: UuidText | None = None
    whom: Whom = "person"
    answer: NoteOrNone = ""
    asked_at: Moment | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        need = proof_rules()[self.kind].needs
        if need == "reference" and not self.reference:
            raise ValueError("请填写编号")
        if need == "picture" and self.picture is None:
            raise ValueError("请上传照片")
        if need == "answer" and (not self.answer or self.asked_at is None):
            raise ValueError("请填写通话时间和对方的回答")
        return self


class JudgeBody(Asked):
    """What the purchaser says of a proved placement; `why` is kept."""

    why: Note


class DecisionBody(Asked):
    """Whether a disputed placement stands."""

    uphold: bool
    why: Note


class FollowUpBody(Asked):
    """What was heard when somebody asked whether the job lasted."""

    result: Literal["lasted", "ended", "unreached"]
    answer: NoteOrNone = ""

    @model_validator(mode="after")
    def _heard(self) -> Self:
        if self.result != "unreached" and not self.answer:
            raise ValueError("请写下对方的回答")
        return self
