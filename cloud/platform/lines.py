"""Commands that read one JSON document a line and answer each with a line, as it comes."""

import json
from collections.abc import Callable
from typing import Any, BinaryIO, Final, TextIO

OK: Final = 0
BAD_INPUT: Final = 2


class LineError(ValueError):
    """One line cannot be answered; the text says why and what would do."""


def answer_lines(
    source: BinaryIO, target: TextIO, complain: Callable[[str], Any], answer: Callable[[bytes], object], max_bytes: int
) -> int:
    """Answer every line at once, for a caller may wait before he sends the next; return the exit code.

    A line that cannot be answered is named with its number, the others are answered, and the exit code is 2. A line
    above `max_bytes` ends the reading: what follows would be read from its middle.
    """
    code = OK
    for number, line in enumerate(iter(lambda: source.readline(max_bytes + 1), b""), start=1):
        if len(line) > max_bytes:
            complain(f"line {number}: longer than {max_bytes} bytes; send one document a line")
            return BAD_INPUT
        if not line.strip():
            continue
        try:
            answered = answer(line)
        except LineError as error:
            complain(f"line {number}: {error}")
            code = BAD_INPUT
            continue
        target.write(json.dumps(answered, ensure_ascii=False) + "\n")
        target.flush()
    return code
