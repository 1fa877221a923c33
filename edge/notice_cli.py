"""`yizhan edge notice raise|lift|list`: emergency notices of a running agent, with the cloud or without it.

Who may read the agent's state directory may raise one: the key of its door lies there.
"""

import argparse
import json
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from edge.cli import FAILED, OK, UNREACHABLE, WRONG_USE
from edge.errors import StateDamaged
from edge.http.names import HTTP_FILE, NOTICE_KEY_FILE
from edge.statefile import read_bytes, read_object
from firmware_profiles.ui.notices import notice_templates

TIMEOUT_S: Final = 5.0


def raise_notice(argv: list[str]) -> int:
    """Put a notice on every screen of the station, at once; what is not given is as in its template."""
    templates = notice_templates()
    parser = _parser("raise", raise_notice)
    parser.add_argument("kind", choices=list(templates), help="which template")
    parser.add_argument("--title", metavar="TEXT", help="large words, up to 20 characters")
    parser.add_argument("--text", metavar="TEXT", help="what people are to do, up to 120 characters")
    parser.add_argument("--minutes", type=int, metavar="N", help="it goes by itself after these")
    parser.add_argument("--drill", action="store_true", help="an exercise: marked so on the screen and in the record")
    parser.add_argument("--sound", action="store_true", help="pages beep")
    options = parser.parse_args(argv)
    template = templates[options.kind]
    wish = {
        "kind": options.kind, "title": options.title or template.title,
        "text": template.text if options.text is None else options.text,
        "minutes": template.minutes if options.minutes is None else options.minutes,
        "drill": options.drill, "sound": options.sound,
    }  # fmt: skip
    return _ask(options.state, "raise", wish)


def lift_notice(argv: list[str]) -> int:
    """Take a notice from the station's screens before its end."""
    parser = _parser("lift", lift_notice)
    parser.add_argument("id", help="the notice's id, as `list` prints it")
    options = parser.parse_args(argv)
    return _ask(options.state, "lift", {"id": options.id})


def list_notices(argv: list[str]) -> int:
    """Print the notices in force, one JSON line each, with the screens that show them and those that do not yet."""
    options = _parser("list", list_notices).parse_args(argv)
    return _ask(options.state, "state", None)


def _parser(name: str, function: Any) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"yizhan edge notice {name}", description=function.__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the agent's state directory")
    return parser


def _ask(state: Path, path: str, body: dict[str, Any] | None) -> int:
    """Ask the agent, print what it answers, and return the exit code."""
    try:
        key, url = read_bytes(state / NOTICE_KEY_FILE), read_object(state / HTTP_FILE).get("url")
    except (StateDamaged, OSError) as error:
        return _end(WRONG_USE, str(error))
    if key is None or not isinstance(url, str):
        return _end(WRONG_USE, f"{state} is not the state directory of an agent that has run")
    request = urllib.request.Request(  # noqa: S310 - the agent's own file names the address
        f"{url}/notice/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {key.decode().strip()}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            _print(path, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode(errors="replace")
        code = WRONG_USE if error.code == HTTPStatus.BAD_REQUEST else FAILED
        return _end(code, text)
    except OSError as error:
        return _end(UNREACHABLE, f"the agent does not answer at {url}: {error}")
    return OK


def _print(path: str, answer: bytes) -> None:
    if not answer:
        return
    document = json.loads(answer)
    for one in document["notices"] if path == "state" else [document]:
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")


def _end(code: int, text: str) -> int:
    sys.stderr.write(f"yizhan edge notice: {text}\n")
    return code
