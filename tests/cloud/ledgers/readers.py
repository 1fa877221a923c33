"""Files read back by programs that somebody else wrote: openpyxl, pdftotext, pdfinfo, pdftoppm."""

import io
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as openpyxl reads it: rows of values, and the places of cells that are formulas."""

    rows: list[tuple[Any, ...]]
    formulas: list[str]


def sheets_of(file: bytes) -> dict[str, Sheet]:
    """Return the sheets of a workbook."""
    book = load_workbook(io.BytesIO(file), read_only=True)
    try:
        return {page.title: _sheet(page) for page in book.worksheets}
    finally:
        book.close()


def _sheet(page: Any) -> Sheet:
    rows, formulas = [], []
    for row in page.iter_rows():
        rows.append(tuple(cell.value for cell in row))
        formulas += [cell.coordinate for cell in row if cell.data_type == "f"]
    return Sheet(rows, formulas)


def text_of(file: bytes, folder: Path) -> str:
    """Return the text of a PDF, laid out as it stands."""
    return _run(["pdftotext", "-layout", "-enc", "UTF-8", _kept(file, folder), "-"])


def facts_of(file: bytes, folder: Path) -> dict[str, str]:
    """Return what pdfinfo says."""
    lines = _run(["pdfinfo", _kept(file, folder)]).splitlines()
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def pictures_of(file: bytes, folder: Path, ppi: int = 60) -> list[Path]:
    """Return the pages of a PDF as pictures."""
    _run(["pdftoppm", "-png", "-r", str(ppi), _kept(file, folder), str(folder / "page")])
    return sorted(folder.glob("page*.png"))


def _kept(file: bytes, folder: Path) -> str:
    path = folder / "read.pdf"
    path.write_bytes(file)
    return str(path)


def _run(words: list[str]) -> str:
    return subprocess.run(words, check=True, capture_output=True).stdout.decode()
