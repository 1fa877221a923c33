"""What the bell shows. Plain values, no tables and no requests."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a person should know, and where he sees to it."""

    icon: str
    at: datetime
    title: str
    more: str
    href: str
    urgent: bool = False
