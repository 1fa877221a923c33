"""The XML that Huidu cards are asked and answer with: `<sdk guid><in method>…` and `<sdk guid><out method result>…`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from protocols.errors import ParsingError
from protocols.frames.huidu import MAX_DOCUMENT_BYTES
from protocols.frames.xml_tree import Element, parse_xml

#: What stands for the GUID until the card has given one.
NO_GUID: Final = "##GUID"
#: The interface version that is asked for.
INTERFACE: Final = "1000000"
SUCCESS: Final = "kSuccess"

_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>'
_END: Final = "\r\n"
#: Written as a pair of tags even when nothing is in them, as the vendor's do.
_PAIRED: Final = frozenset({"in", "out", "ploy", "resources"})
#: What XML 1.0 can hold in no way at all.
_IMPOSSIBLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL: Final = {"\r": "&#13;"}
_IN_QUOTES: Final = {**_SPECIAL, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


@dataclass(frozen=True, slots=True)
class Call:
    """Client: do or tell `method`."""

    guid: str
    method: str
    body: tuple[Element, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the document."""
        return _document(self.guid, Element("in", {"method": self.method}, self.body))


@dataclass(frozen=True, slots=True)
class Answer:
    """Card: how `method` went."""

    guid: str
    method: str
    result: str = SUCCESS
    body: tuple[Element, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the document."""
        return _document(self.guid, Element("out", {"method": self.method, "result": self.result}, self.body))


def from_bytes(document: bytes) -> Call | Answer:
    """Return what a whole document says."""
    root = parse_xml(document, max_bytes=MAX_DOCUMENT_BYTES)
    if root.tag != "sdk" or len(root.children) != 1:
        raise ParsingError(f"<{root.tag}> of {len(root.children)} children is no document of a card")
    (inner,) = root.children
    if inner.tag == "in":
        return Call(root.get("guid"), inner.get("method"), inner.children)
    if inner.tag == "out":
        return Answer(root.get("guid"), inner.get("method"), inner.get("result"), inner.children)
    raise ParsingError(f"<{inner.tag}> neither asks nor answers")


def brightness(percent: int) -> tuple[Element, ...]:
    """Return the body of SetLuminancePloy for one brightness at all times."""
    return (
        Element("mode", {"value": "default"}),
        Element("default", {"value": str(percent)}),
        Element("ploy"),
        Element("sensor", {"min": "1", "max": "100", "time": "10"}),
    )


@dataclass(frozen=True, slots=True)
class TextProgram:
    """A program that is one text over the whole screen; `guids` of program, area and text, `seconds` of one showing."""

    text: str
    width: int
    height: int
    guids: tuple[str, str, str]
    stamp_ms: int
    font: str = "Arial"
    size: int = 12
    colour: str = "#ff0000"
    seconds: int = 30

    def screen(self) -> Element:
        """Return the body of AddProgram, which replaces all programs."""
        program = {"type": "normal", "id": "0", "guid": self.guids[0], "name": "TextProgram"}
        play = Element("playControl", {"count": "1", "disabled": "false"})
        inner = (play, self._area())
        return Element("screen", {"timeStamps": str(self.stamp_ms)}, (Element("program", program, inner),))

    def _area(self) -> Element:
        place = {"x": "0", "y": "0", "width": str(self.width), "height": str(self.height)}
        resources = Element("resources", {}, (self._text(),))
        return Element(
            "area", {"guid": self.guids[1], "name": "", "alpha": "255"}, (Element("rectangle", place), resources)
        )

    def _text(self) -> Element:
        plain = dict.fromkeys(("bold", "italic", "underline"), "false")
        effect = {"in": "0", "inSpeed": "4", "out": "0", "outSpeed": "4", "duration": str(self.seconds)}
        return Element(
            "text",
            {"guid": self.guids[2], "name": "", "singleLine": "false"},
            (
                Element("style", {"align": "center", "valign": "middle"}),
                Element("string", {}, (), self.text),
                Element("font", {"name": self.font, "size": str(self.size), "color": self.colour, **plain}),
                Element("effect", effect),
            ),
        )


def no_program(stamp_ms: int) -> Element:
    """Return the body of AddProgram that leaves nothing to play."""
    return Element("screen", {"timeStamps": str(stamp_ms)})


def _document(guid: str, inner: Element) -> bytes:
    return (_HEAD + _END + _written(Element("sdk", {"guid": guid}, (inner,)), "")).encode()


def _written(one: Element, indent: str) -> str:
    attributes = "".join(f' {name}="{_safe(value, _IN_QUOTES)}"' for name, value in one.attributes.items())
    head = f"{indent}<{one.tag}{attributes}"
    if one.children:
        inner = "".join(_written(child, indent + "  ") + _END for child in one.children)
        return f"{head}>{_END}{inner}{indent}</{one.tag}>"
    if one.text or one.tag in _PAIRED:
        return f"{head}>{_safe(one.text, _SPECIAL)}</{one.tag}>"
    return f"{head}/>"


def _safe(text: str, special: Mapping[str, str]) -> str:
    """Return a text as XML writes it; what XML cannot write is left out."""
    return escape(_IMPOSSIBLE.sub("", text), dict(special))
