"""Reading small XML documents of devices: no declarations, so no entities; bounded in size and depth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from protocols.errors import ParsingError

#: Documents of devices are five to nine elements deep.
MAX_DEPTH: Final = 16


@dataclass(frozen=True, slots=True)
class Element:
    """One element: attributes, then children or text; a namespace is not part of its tag."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple["Element", ...] = ()
    text: str = ""

    def child(self, tag: str) -> "Element":
        """Return the first child of a name; ParsingError without one."""
        for one in self.children:
            if one.tag == tag:
                return one
        raise ParsingError(f"<{self.tag}> has no <{tag}>")

    def get(self, name: str) -> str:
        """Return an attribute; ParsingError without it."""
        try:
            return self.attributes[name]
        except KeyError as error:
            raise ParsingError(f"<{self.tag}> has no {name}") from error


def parse_xml(document: bytes, *, max_bytes: int) -> Element:
    """Return the root of a document in UTF-8; ParsingError above `max_bytes` or MAX_DEPTH, or when it is no XML."""
    if len(document) > max_bytes:
        raise ParsingError(f"a document of {len(document)} bytes")
    # Devices define no entities; without them a small document cannot become a large one.
    if b"<!" in document:
        raise ParsingError("a document with declarations")
    try:
        # Decoded here, so that no document chooses the decoder.
        return _element(ET.fromstring(document.decode()), MAX_DEPTH)  # noqa: S314 - no entities, bounded
    except (ET.ParseError, UnicodeDecodeError) as error:
        raise ParsingError(f"no XML: {error}") from error


def _element(node: ET.Element, depth: int) -> Element:
    if depth == 0:
        raise ParsingError(f"elements more than {MAX_DEPTH} deep")
    children = tuple(_element(child, depth - 1) for child in node)
    return Element(node.tag.rpartition("}")[2], dict(node.attrib), children, "" if children else node.text or "")
