"""`yizhan cloud export ledger NAME --from D --to D --out FILE`: a ledger (台账) as XLSX or PDF."""

import argparse
from datetime import date
from pathlib import Path
from typing import Final, cast

from cloud.cli import OK, _guard, _open_core, _parser, _print, _with_settings
from cloud.identity.acts import operator
from cloud.ledgers import service
from cloud.platform.errors import CloudError, InvalidInputError, NotFoundError
from cloud.platform.settings import Settings

_EPILOG: Final = "ledgers: {names}"


def export_ledger(argv: list[str]) -> int:
    """Write a ledger of a period into a file; who, how many rows and the hashes are one JSON line."""
    parser = _parser("cloud export ledger", "write a ledger (台账) of a period into an XLSX or PDF file")
    parser.epilog = _EPILOG.format(names=", ".join(service.LEDGERS))
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--from", dest="first", required=True, metavar="D", help="the first day, such as 2026-03-01")
    parser.add_argument("--to", dest="last", required=True, metavar="D", help="the last day, which belongs to it")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.xlsx or FILE.pdf")
    parser.add_argument("--open", action="store_true", help="show personal columns in full; needs --reason")
    parser.add_argument("--reason", default="", help="why they are opened; it is kept")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        wanted = _wanted(options)
        async with _open_core(settings) as core:
            made = await service.make(core, wanted, operator())
            _write(options.out, made.file)
            row = await service.keep(core, made)
            _print(service.export_shown(row).model_dump(by_alias=True) | {"file": str(options.out)})
        return OK

    return _guard(lambda: _with_settings(options, work))


def _wanted(options: argparse.Namespace) -> service.Wanted:
    try:
        ledger = service.find_ledger(options.name)
    except NotFoundError as error:
        raise InvalidInputError(str(error)) from error
    form = options.out.suffix.lower().removeprefix(".")
    if form not in service.FORMS:
        raise InvalidInputError(f"--out {options.out}: its name ends with .xlsx or .pdf")
    first, last = _day("--from", options.first), _day("--to", options.last)
    wanted = service.Wanted(ledger, first, last, cast("service.Form", form), options.open, options.reason)
    service.check(wanted)
    return wanted


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"{name} {text}: write a day such as 2026-03-01") from error


def _write(path: Path, file: bytes) -> None:
    try:
        path.write_bytes(file)
    except OSError as error:
        raise CloudError(f"cannot write {path}: {error.strerror}") from error
