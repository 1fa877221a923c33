"""`yizhan face calibrate`: what thresholds are worth at this site, from who is enrolled here. Nothing is changed."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.errors import EdgeError
from edge.faces.terms import Vault
from provisioning.facepack.measured import ENOUGH_PAIRS, UNMEASURED_RATE

if TYPE_CHECKING:
    from edge.faces.calibration import Calibration, Person, Rate

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
#: Thresholds in the table, in hundredths, and how wide a row of the histogram is.
_TABLE: Final = range(40, 81, 5)
_ROW: Final = 5
_BAR: Final = 30


def calibrate(argv: Sequence[str]) -> int:
    """Print histogram, table and the threshold for a wanted false-match rate; 1 when that cannot be shown."""
    options = _parser().parse_args(argv)
    try:
        from edge.faces.calibration import CalibrationRefused  # noqa: PLC0415 - numpy and scipy come with it
        from edge.faces.calibration import calibrate as compared  # noqa: PLC0415

        people, model, others = _people(options)
        found = compared(people)
    except ImportError as error:
        return _end(f"{error}; faces need the extra `vision`: pip install yizhan[vision]", FAILED)
    except (EdgeError, OSError) as error:
        return _end(str(error), WRONG_USE)
    left = f"; {others} more are enrolled with another pack" if others else ""
    sample = f" (drawn from {len(people)})" if len(people) > found.people else ""
    _tell(f"pack {model}: {found.people} people{sample}, {found.pairs} pairs of two people{left}", "")
    _tell(*_histogram(found), "", *_table(found), "", *_alike(found))
    if found.pairs < ENOUGH_PAIRS:
        few = f"{found.pairs} pairs are fewer than {ENOUGH_PAIRS}"
        _tell(f"{few}: whatever they show, this counts as a false-match rate of {UNMEASURED_RATE:.0%}", "")
    try:
        step = found.threshold_for(options.fmr)
    except CalibrationRefused as refusal:
        return _end(str(refusal), FAILED)
    _tell(
        f"threshold for a false-match rate of {options.fmr:.3%}: {step.threshold:.2f}",
        f"  two people pass as one: {_said(step.false_match)}",
        f"  one person is not known: {_said(step.false_non_match)}",
        "  the second is of pictures of one sitting: on another day expect more",
    )
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan face calibrate", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the agent's state directory")
    parser.add_argument("--station", required=True, metavar="ID", help="whose gallery it is")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="faces.key, outside of DIR")
    parser.add_argument("--gallery", type=Path, required=True, metavar="FILE", help="DIR/faces/SLOT.gallery")
    parser.add_argument("--model", default="", metavar="ID", help="of which pack; else of the one that most have")
    parser.add_argument("--fmr", type=_rate, default=0.001, metavar="RATE", help="the wanted false-match rate (0.001)")
    return parser


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate < 1:
        raise argparse.ArgumentTypeError(f"{text} is no rate: more than 0 and less than 1")
    return rate


def _people(options: argparse.Namespace) -> "tuple[list[Person], str, int]":
    """Return who is enrolled with one pack, its id, and how many are with another."""
    from edge.faces.calibration import Person  # noqa: PLC0415 - see `calibrate`
    from edge.faces.gallery.file import GalleryFile  # noqa: PLC0415
    from edge.faces.gallery.keys import gallery_key  # noqa: PLC0415
    from edge.faces.gallery.records import unseal  # noqa: PLC0415

    path: Path = options.gallery
    for needed in (path, options.key):
        if not needed.is_file():
            raise FileNotFoundError(f"there is no {needed}")
    key = gallery_key(Vault(path, options.key, options.state, options.station))
    file = GalleryFile(path)
    try:
        records = [unseal(key, place, sealed) for place, sealed in file.rows()]
    finally:
        file.close()
    models = Counter(record.model for record in records)
    model = options.model or (models.most_common(1)[0][0] if models else "none")
    # The last row of a record is the mean of the others: it is no picture.
    people = [Person(record.person, record.rows[:-1]) for record in records if record.model == model]
    return people, model, len(records) - len(people)


def _histogram(found: "Calibration") -> Iterator[str]:
    yield f"  score       {'two people':<{_BAR + 12}}one person"
    sides = found.impostor, found.genuine
    rows = [[int(side[at + 1 : at + 1 + _ROW].sum()) for side in sides] for at in range(0, 100, _ROW)]
    rows[0] = [row + int(side[0]) for row, side in zip(rows[0], sides, strict=True)]
    rows[-1] = [row + int(side[-1]) for row, side in zip(rows[-1], sides, strict=True)]
    tops = [max(1, *(row[side] for row in rows)) for side in (0, 1)]
    for number, row in enumerate(rows):
        if any(row):
            bars = ["#" * -(-count * _BAR // top) for count, top in zip(row, tops, strict=True)]
            at = number * _ROW / 100
            yield f"  {at:.2f}-{at + _ROW / 100:.2f}  {row[0]:>9} {bars[0]:<{_BAR}}  {row[1]:>7} {bars[1]}".rstrip()


def _table(found: "Calibration") -> Iterator[str]:
    yield "  threshold  two people pass as one (95 % interval)   one person is not known (95 % interval)"
    for number in _TABLE:
        step = found.step(number)
        yield f"       {step.threshold:.2f}  {_said(step.false_match):<39}  {_said(step.false_non_match)}"


def _said(rate: "Rate") -> str:
    return f"{rate.count} of {rate.of} = {rate.value:.3%} ({rate.lower:.3%}-{rate.upper:.3%})"


def _alike(found: "Calibration") -> Iterator[str]:
    yield "  most alike (is one of them enrolled twice?):"
    for one in found.alike:
        yield f"    {one.score:.2f}  {one.people[0]}  {one.people[1]}"
    yield ""


def _tell(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _end(text: str, code: int) -> int:
    sys.stderr.write(f"yizhan face calibrate: {text}\n")
    return code
