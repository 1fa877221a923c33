"""What a browser calls itself, in two words. Pure."""

from typing import Final

#: Names in the order in which they are looked for: browsers name those that they resemble as well.
_BROWSERS: Final = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
_MAX_CHARS: Final = 40


def short_agent(agent: str) -> str:
    """Return `Chrome · Windows` of a User-Agent, or its beginning when it names nothing known."""
    words = [next((word for name, word in table if name in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, words)) or agent[:_MAX_CHARS]
