"""Regular expressions that are compiled when first used: a command that screens one line needs few of them. Pure."""

import re
from functools import cached_property


class Lazy:
    """One regular expression."""

    def __init__(self, text: str) -> None:
        """Keep the expression; an error in it shows when it is first used, and a test uses all of them."""
        self.text = text

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Return it compiled."""
        return re.compile(self.text)
