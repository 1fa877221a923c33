"""An SNMP agent on the network, asked by pysnmp: v2c with a community, v3 with authentication and privacy.

`snmp://10.0.0.7?community=public`, or `snmp://10.0.0.7?user=edge&auth_file=PATH&priv_file=PATH` (SHA and AES-128;
`auth_by` and `priv_by` name others; `community_file` too). Port 161. A v3 address without `priv_file` is refused: its
answers could be read and changed.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from devices.errors import ConfigurationError, DeviceRefused
from devices.passwords import read_password
from devices.transport import Address
from devices.transports.page import PageTransport
from protocols.frames.mib import Value

if TYPE_CHECKING:
    from pysnmp.hlapi.v3arch.asyncio import SnmpEngine

SNMP_PORT: Final = 161
#: An agent answers in milliseconds; a slow one gets a second try.
ANSWER_TIMEOUT_S: Final = 1.0
RETRIES: Final = 1
#: Rows of one walk, and how many are asked for at once.
MAX_ROWS: Final = 1_024
ROWS_AT_ONCE: Final = 24
#: Bytes of one value that are kept.
MAX_VALUE_BYTES: Final = 512
#: RFC 3414 wants passwords of 8 letters at least.
MIN_PASSWORD: Final = 8

#: Name in an address -> constant of pysnmp.
AUTH: Final[Mapping[str, str]] = {
    "SHA": "usmHMACSHAAuthProtocol",
    "SHA256": "usmHMAC192SHA256AuthProtocol",
    "SHA512": "usmHMAC384SHA512AuthProtocol",
}
PRIVACY: Final[Mapping[str, str]] = {"AES": "usmAesCfb128Protocol", "AES256": "usmAesCfb256Protocol"}
#: What stands in a file.
_FILES: Final = ("community", "auth", "priv")
_OPTIONS: Final = frozenset({"community", "user", "auth_by", "priv_by", *(f"{name}_file" for name in _FILES)})


class SnmpTransport(PageTransport):
    """Asks one agent. UDP has nothing to connect: a wrong address is seen with the first question."""

    def __init__(self, address: Address) -> None:
        # The account stays out of what is logged and shown.
        options = {name: value for name, value in address.options.items() if name not in _OPTIONS}
        super().__init__(f"snmp://{address.host}:{address.port or SNMP_PORT}", options)
        self._place = (address.host, address.port or SNMP_PORT)
        self._account = _account({name: value for name, value in address.options.items() if name in _OPTIONS})
        _check(self._account, self.address)
        self._engine: SnmpEngine | None = None

    async def open(self) -> None:
        """Start the engine; nobody is asked yet."""
        from pysnmp.hlapi.v3arch.asyncio import SnmpEngine  # noqa: PLC0415 - heavy, and only where chosen

        self._engine = SnmpEngine()

    async def close(self) -> None:
        """Stop the engine and close its socket."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close_dispatcher()

    async def get(self, *oids: str) -> dict[str, Value]:
        """Return the values of objects; those that the agent does not have are left out."""
        from pysnmp.hlapi.v3arch.asyncio import get_cmd  # noqa: PLC0415

        return _values(await self._ask(get_cmd, (), oids))

    async def walk(self, *columns: str) -> dict[str, Value]:
        """Return everything below some objects, at most MAX_ROWS values of each."""
        from pysnmp.hlapi.v3arch.asyncio import bulk_cmd  # noqa: PLC0415

        found: dict[str, Value] = {}
        for column in columns:
            head, last, rows = f"{column}.", column, 0
            while last and rows < MAX_ROWS:
                pairs = await self._ask(bulk_cmd, (0, ROWS_AT_ONCE), (last,))
                inside = [pair for pair in pairs if str(pair[0]).startswith(head)]
                found |= _values(inside)
                rows += len(inside)
                # An agent that gives the same row again would keep us for ever.
                moved = len(inside) == len(pairs) > 0 and str(pairs[-1][0]) != last
                last = str(pairs[-1][0]) if moved else ""
        return found

    async def _ask(self, command: Any, numbers: tuple[int, ...], oids: Sequence[str]) -> list[tuple[Any, Any]]:
        from pysnmp.hlapi.v3arch import asyncio as hlapi  # noqa: PLC0415

        if self._engine is None:
            raise self.lost("not open")
        try:
            target = await hlapi.UdpTransportTarget.create(self._place, timeout=ANSWER_TIMEOUT_S, retries=RETRIES)
        except OSError as error:
            raise self.lost(f"cannot connect: {error}") from error
        wanted = [hlapi.ObjectType(hlapi.ObjectIdentity(oid)) for oid in oids]
        failed, status, _, pairs = await command(
            self._engine, self._credentials(), target, hlapi.ContextData(), *numbers, *wanted, lookupMib=False
        )
        if failed is not None:
            raise self._failed(failed)
        if status:
            raise DeviceRefused(f"{self.address}: the agent says {status.prettyPrint()}")
        return [(pair[0], pair[1]) for pair in pairs]

    def _failed(self, failed: Any) -> Exception:
        from pysnmp.proto import errind  # noqa: PLC0415

        if isinstance(failed, errind.RequestTimedOut):
            patience_s = ANSWER_TIMEOUT_S * (RETRIES + 1)
            return self.lost(f"cannot connect: no answer within {patience_s:g} s", "no_answer")
        return DeviceRefused(f"{self.address}: {failed}; are community, user and passwords right?")

    def _credentials(self) -> Any:
        from pysnmp.hlapi.v3arch import asyncio as hlapi  # noqa: PLC0415

        account = self._account
        if "user" not in account:
            return hlapi.CommunityData(account.get("community", "public"), mpModel=1)  # noqa: S508 - v2c where the agent has no v3
        return hlapi.UsmUserData(
            account["user"],
            account["auth"],
            account["priv"],
            authProtocol=getattr(hlapi, AUTH[account.get("auth_by", "SHA")]),
            privProtocol=getattr(hlapi, PRIVACY[account.get("priv_by", "AES")]),
        )


def _account(options: Mapping[str, str]) -> dict[str, str]:
    """Return the account of an address, with what its files hold."""
    files = {name: option for name in _FILES if (option := f"{name}_file") in options}
    secret = {name: read_password(options[option], option) for name, option in files.items()}
    return {**{name: value for name, value in options.items() if name not in files.values()}, **secret}


def _check(account: Mapping[str, str], address: str) -> None:
    """Refuse an account that cannot work, without repeating it."""
    if "user" not in account:
        wrong = account.keys() - {"community"}
    else:
        wrong = {name for name in ("auth", "priv") if len(account.get(name, "")) < MIN_PASSWORD}
        wrong |= {"auth_by"} if account.get("auth_by", "SHA") not in AUTH else set()
        wrong |= {"priv_by"} if account.get("priv_by", "AES") not in PRIVACY else set()
        wrong |= {"community"} & account.keys()
    if wrong:
        raise ConfigurationError(
            f"address {address!r}: look at {', '.join(sorted(wrong))}; write ?community=NAME, or ?user=NAME"
            f"&auth_file=PATH&priv_file=PATH with passwords of {MIN_PASSWORD} letters at least, "
            f"auth_by {'|'.join(AUTH)}, priv_by {'|'.join(PRIVACY)}"
        )


def _values(pairs: Sequence[tuple[Any, Any]]) -> dict[str, Value]:
    from pysnmp.proto import rfc1902, rfc1905  # noqa: PLC0415

    absent = (rfc1905.NoSuchObject, rfc1905.NoSuchInstance, rfc1905.EndOfMibView)
    found: dict[str, Value] = {}
    for oid, value in pairs:
        if isinstance(value, absent):
            continue
        if isinstance(value, rfc1902.OctetString):
            found[str(oid)] = value.asOctets()[:MAX_VALUE_BYTES]
        elif isinstance(value, (rfc1902.Integer32, rfc1902.Counter64, rfc1902.Unsigned32)) or hasattr(value, "__int__"):
            found[str(oid)] = int(value)
        else:
            found[str(oid)] = value.prettyPrint()[:MAX_VALUE_BYTES]
    return found


def snmp_of(address: Address) -> SnmpTransport:
    """Return the transport of `snmp://host[:161]?…`."""
    if not address.host:
        raise ConfigurationError(f"address {address.text.partition('?')[0]!r}: write snmp://10.0.0.7?community=public")
    return SnmpTransport(address)
