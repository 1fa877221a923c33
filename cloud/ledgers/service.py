"""The door of ledgers: what other packages may use."""

from cloud.ledgers.exports import CONTENT_TYPES, FORMS, Form, Made, Wanted, check, keep, make, preview
from cloud.ledgers.ledger import Column, Ledger
from cloud.ledgers.publications import CHANGED
from cloud.ledgers.records import agrees, forget_exports, get_export, list_exports
from cloud.ledgers.registry import LEDGERS, find_ledger
from cloud.ledgers.shapes import export_shown, ledger_shown
from cloud.ledgers.walls import wall_source

__all__ = [
    "CHANGED",
    "CONTENT_TYPES",
    "FORMS",
    "LEDGERS",
    "Column",
    "Form",
    "Ledger",
    "Made",
    "Wanted",
    "agrees",
    "check",
    "export_shown",
    "find_ledger",
    "forget_exports",
    "get_export",
    "keep",
    "ledger_shown",
    "list_exports",
    "make",
    "preview",
    "wall_source",
]
