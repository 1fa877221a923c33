"""Programs of the core for people and tokens: `yizhan cloud account …` and `yizhan cloud token …`.

Whoever may run them on the core's machine has its secret and its database: nothing here asks for a second person.
"""

import argparse
import asyncio
import sys
from typing import Any

from cloud.cli import OK, _guard, _open_core, _parser, _piped_line, _print, _with_settings
from cloud.identity import audit
from cloud.identity import service as identity
from cloud.identity.acts import operator
from cloud.kiosks import kiosk_token
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.settings import Settings


def account_add(argv: list[str]) -> int:
    """Add a staff account; the password is the first line of stdin, or else is made and printed once."""
    parser = _parser("cloud account add", "add a staff account")
    parser.add_argument("name")
    parser.add_argument("--role", required=True)
    _add_stations(parser)
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        given = await asyncio.to_thread(_piped_line)
        password = given or identity.one_time_password()
        terms = identity.AccountTerms(_stations(options), must_change=not given)
        async with _open_core(settings) as core, transaction():
            account = await identity.add_account(core, options.name, options.role, password, terms)
            await _note(core, "account.add", f"account:{account.id}", role=options.role)
        _print({"name": options.name, "role": options.role, **({} if given else {"password": password})})
        return OK

    return _guard(lambda: _with_settings(options, work))


def account_list(argv: list[str]) -> int:
    """Print the staff accounts; one JSON line each."""
    options = _parser("cloud account list", "print the staff accounts").parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings):
            for account in await identity.list_accounts():
                _print(identity.account_document(account))
        return OK

    return _guard(lambda: _with_settings(options, work))


def account_disable(argv: list[str]) -> int:
    """Switch a staff account off and end its sessions."""
    parser = _parser("cloud account disable", "switch a staff account off")
    parser.add_argument("name")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings) as core:
            account = await identity.account_named(options.name)
            async with transaction():
                await identity.disable(account.id)
                await _note(core, "account.disable", f"account:{account.id}")
            _print({"name": account.name, "active": False})
        return OK

    return _guard(lambda: _with_settings(options, work))


def account_reset(argv: list[str]) -> int:
    """Print a new one-time password; sessions end, and the account works again if it was switched off."""
    parser = _parser("cloud account reset", "print a new one-time password")
    parser.add_argument("name")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings) as core:
            account = await identity.account_named(options.name)
            async with transaction():
                password = await identity.reset_password(core, account.id)
                await identity.enable(account.id)
                await _note(core, "account.reset", f"account:{account.id}")
            _print({"name": account.name, "password": password})
        return OK

    return _guard(lambda: _with_settings(options, work))


def token_create(argv: list[str]) -> int:
    """Print a new API token and nothing else."""
    parser = _parser("cloud token create", "print a new API token")
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--role", help="of a program that does what this role may")
    whose.add_argument("--kiosk", metavar="STATION/SLOT", help="of a kiosk; the one it had ends")
    parser.add_argument("--days", type=int, help=f"how long it works: {identity.DEFAULT_TOKEN_DAYS}, of a kiosk 365")
    parser.add_argument("--name", default="", help="what it is for")
    parser.add_argument("--permission", action="append", help="only this permission of the role; may be repeated")
    _add_stations(parser)
    options = parser.parse_args(argv)
    permissions = frozenset(options.permission) if options.permission else None

    async def work(settings: Settings) -> int:
        terms = identity.TokenTerms(options.name, permissions, _stations(options))
        async with _open_core(settings) as core:
            async with transaction():
                if options.kiosk:
                    token = await kiosk_token(core, options.kiosk, options.days)
                    await _note(core, "token.add", "token", kiosk=options.kiosk)
                else:
                    days = identity.DEFAULT_TOKEN_DAYS if options.days is None else options.days
                    token = await identity.create_token(core, options.role, days, terms)
                    await _note(core, "token.add", f"token:{identity.handle_of(token)}", role=options.role, days=days)
            sys.stdout.write(token + "\n")
        return OK

    return _guard(lambda: _with_settings(options, work))


def token_list(argv: list[str]) -> int:
    """Print the API tokens without their secrets; one JSON line each."""
    options = _parser("cloud token list", "print the API tokens, not their secrets").parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings) as core:
            for row in await identity.list_tokens(core):
                _print(identity.token_document(row, core))
        return OK

    return _guard(lambda: _with_settings(options, work))


def token_revoke(argv: list[str]) -> int:
    """End an API token now."""
    parser = _parser("cloud token revoke", "end an API token now")
    parser.add_argument("id", help="as `token list` prints it")
    options = parser.parse_args(argv)

    async def work(settings: Settings) -> int:
        async with _open_core(settings) as core:
            async with transaction():
                revoked = identity.token_document(await identity.revoke_token(core, options.id), core)
                await _note(core, "token.revoke", f"token:{revoked['id']}")
            _print(revoked)
        return OK

    return _guard(lambda: _with_settings(options, work))


async def _note(core: Core, action: str, subject: str, **details: object) -> None:
    await audit.record(core, operator(), action, subject, details=details)


def _add_stations(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--station", action="append", help="only this station; may be repeated, none is all")


def _stations(options: Any) -> frozenset[str] | None:
    return frozenset(options.station) if options.station else None
