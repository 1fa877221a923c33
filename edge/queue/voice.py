"""What is spoken when a number is called: short clips, one after the other (edge/http/static/voice)."""

from string import ascii_uppercase
from typing import Final

#: Clips that are words: a chime, 请, 号, 到, 号窗口, and 十 for counters above nine.
WORDS: Final = ("chime", "please", "number", "to", "window", "ten")
#: All clips there are; each is a file of the voice folder.
CLIPS: Final = frozenset((*WORDS, *"0123456789", *ascii_uppercase))
SUFFIX: Final = ".wav"


def clips_of(label: str, counter: int) -> list[str]:
    """Return the clips of `A012` at counter 3: chime, 请, A, 零, 一, 二, 号, 到, 三, 号窗口."""
    return ["chime", "please", *label, "number", "to", *_counted(counter), "window"]


def _counted(counter: int) -> list[str]:
    """Return how a counter from 1 to 99 is read: 12 is 十二, 20 is 二十."""
    tens, ones = divmod(counter, 10)
    head = [] if tens == 0 else ["ten"] if tens == 1 else [str(tens), "ten"]
    return [*head, str(ones)] if ones or not tens else head
