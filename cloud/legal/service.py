"""The door of the legal surfaces: what other packages may use."""

from cloud.legal.papers import waiting as waiting_assessments
from cloud.legal.register import RecordKind, record_kinds
from cloud.legal.texts import NAMES, Text
from cloud.legal.wording import agreed_text, in_force, remember_texts

__all__ = [
    "NAMES",
    "RecordKind",
    "Text",
    "agreed_text",
    "in_force",
    "record_kinds",
    "remember_texts",
    "waiting_assessments",
]
