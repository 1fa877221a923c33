"""The door of the legal surfaces: what other packages may use."""

from cloud.legal.papers import waiting as waiting_assessments
from cloud.legal.texts import NAMES, Text
from cloud.legal.wording import agreed_text, in_force, remember_texts

__all__ = ["NAMES", "Text", "agreed_text", "in_force", "remember_texts", "waiting_assessments"]
