"""Programs for the keys of sealed fields and for the audit chain: `yizhan cloud keys …`, `yizhan cloud audit …`."""

import re
from datetime import date, datetime, time

from cloud.cli import FAILED, OK, _guard, _open_core, _parser, _print, _with_settings
from cloud.identity import audit, auditlog
from cloud.identity.acts import operator
from cloud.platform.errors import InvalidInputError
from cloud.platform.rotation import ANNOUNCE_S, list_keys, rotate, seal_plain
from cloud.platform.settings import Settings
from cloud.platform.times import MARKET_TIME

_KNOWN = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def keys_list(argv: list[str]) -> int:
    """Print the data keys, without the keys themselves; one JSON line each."""
    options = _parser("cloud keys list", "print the data keys and how many texts each one seals").parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings) as core:
            for line in await list_keys(core):
                _print(line)
        return OK

    return _guard(lambda: _with_settings(options, work))


def keys_rotate(argv: list[str]) -> int:
    """Bring every sealed field to a new key, beside a running core; interrupted, the next call goes on."""
    parser = _parser("cloud keys rotate", "bring every sealed field to a new key; works beside a running core")
    parser.add_argument(
        "--announce-s", type=float, default=ANNOUNCE_S, help="how long processes have to learn the new key (5)"
    )
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        broken = False
        async with _open_core(settings) as core:
            await seal_plain(core)
            async for line in rotate(core, announce_s=options.announce_s):
                _print(line)
                broken |= line["step"] == "broken"
                if line["step"] in {"announced", "current", "retired", "erased"}:
                    await audit.record(core, operator(), f"key.{_VERBS[line['step']]}", f"key:{line['key']}")
        return FAILED if broken else OK

    return _guard(lambda: _with_settings(options, work))


_VERBS = {"announced": "add", "current": "use", "retired": "retire", "erased": "erase"}


def audit_verify(argv: list[str]) -> int:
    """Walk the whole audit chain; 1 and the first bad row when one was altered or is missing."""
    parser = _parser("cloud audit verify", "find altered and missing rows of the audit chain")
    parser.add_argument("--known", metavar="NUMBER:HASH", help="a row that was written down earlier must be there")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        known = _known(options.known)
        async with _open_core(settings) as core:
            report = await auditlog.verify(core, known)
        line = {"ok": report.finding is None, "rows": report.rows, "number": report.number, "hash": report.hash}
        if report.finding is not None:
            line |= {"row": report.finding.number, "what": report.finding.what}
        _print(line)
        return FAILED if report.finding else OK

    return _guard(lambda: _with_settings(options, work))


def audit_list(argv: list[str]) -> int:
    """Print audit rows, the newest first; one JSON line each."""
    parser = _parser("cloud audit list", "print audit rows, the newest first")
    for name, what in (("actor", "who begins so"), ("action", "such as post.publish"), ("subject", "such as post:")):
        parser.add_argument(f"--{name}", default="", help=what)
    parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the day before which")
    parser.add_argument("--limit", type=int, default=100)
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        wanted = auditlog.Filter(
            since=_start(options.since), until=_start(options.until),
            actor=options.actor, action=options.action, subject=options.subject,
        )  # fmt: skip
        async with _open_core(settings):
            rows, _ = await auditlog.list_rows(wanted, limit=options.limit)
            for row in rows:
                _print(auditlog.row_document(row))
        return OK

    return _guard(lambda: _with_settings(options, work))


def _known(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    found = _KNOWN.fullmatch(text)
    if found is None:
        raise InvalidInputError("--known: NUMBER:HASH, as `yizhan cloud audit verify` prints number and hash")
    return int(found[1]), found[2]


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, MARKET_TIME) if day else None
