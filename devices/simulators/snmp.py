"""Simulated SNMP agents (v2c, any community): a printer and a switch. Everything is answered on UDP."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from devices.driver import Json
from devices.simulators.device import Field, Simulator, State
from devices.transport import Transport
from protocols.frames import mib

#: Objects of one answer: what fits a datagram.
MAX_OBJECTS: Final = 64
PORTS: Final = 8


class SnmpAgent(Simulator):
    """Answers GET, GETNEXT and GETBULK from a table that is made of its state."""

    scheme = "snmp"
    ports = (161, 161)

    async def changed(self, before: State, given: Json) -> None:
        """Do nothing: an agent speaks only when asked."""

    async def talk(self, transport: Transport) -> None:
        """Hang up: the agent is asked on UDP."""

    @abstractmethod
    def objects(self) -> Mapping[str, int | bytes]:
        """Return every object, in any order."""

    def datagram(self, data: bytes) -> bytes | None:
        """Return the answer to a request; what is none is not answered."""
        from pyasn1.codec.ber import decoder, encoder  # noqa: PLC0415 - heavy, and only where simulated
        from pyasn1.error import PyAsn1Error  # noqa: PLC0415
        from pysnmp.proto.api import v2c  # noqa: PLC0415

        try:
            request, _ = decoder.decode(data, asn1Spec=v2c.Message())
            pdu = v2c.apiMessage.get_pdu(request)
            pairs = v2c.apiPDU.get_varbinds(pdu)
        except PyAsn1Error:
            return None
        table = sorted((tuple(int(part) for part in oid.split(".")), value) for oid, value in self.objects().items())
        response = v2c.apiMessage.get_response(request)
        answers: list[tuple[Any, Any]] = []
        if pdu.isSameTypeWith(v2c.GetRequestPDU()):
            known = dict(table)
            answers = [(oid, _coded(v2c, known.get(tuple(oid)))) for oid, _ in pairs]
        else:
            bulk = pdu.isSameTypeWith(v2c.GetBulkRequestPDU())
            count = min(int(v2c.apiBulkPDU.get_max_repetitions(pdu)), MAX_OBJECTS) if bulk else 1
            for oid, _ in pairs:
                following = [one for one in table if one[0] > tuple(oid)][:count]
                answers += [(v2c.ObjectIdentifier(name), _coded(v2c, value)) for name, value in following]
                if len(following) < count:
                    answers.append((following[-1][0] if following else oid, v2c.EndOfMibView("")))
        v2c.apiPDU.set_varbinds(v2c.apiMessage.get_pdu(response), answers)
        encoded: bytes = encoder.encode(response)
        return encoded


def _coded(v2c: Any, value: int | bytes | None) -> Any:
    if value is None:
        return v2c.NoSuchInstance("")
    return v2c.OctetString(value) if isinstance(value, bytes) else v2c.Integer(value)


class SnmpPrinter(SnmpAgent):
    """`errors` are words of `mib.ERROR_BITS` with spaces between."""

    fields = {  # noqa: RUF012 - constant
        "errors": Field(str, high=200),
        "paper_percent": Field(int, high=100),
        "toner_percent": Field(int, high=100),
    }

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"errors": "", "paper_percent": 80, "toner_percent": 37, **(start or {})})

    def objects(self) -> Mapping[str, int | bytes]:
        """Return what the printer tells."""
        words = str(self.state["errors"]).split()
        bits = sum(1 << (15 - place) for place, word in enumerate(mib.ERROR_BITS) if word in words)
        return {
            mib.SYS_NAME: b"printer",
            f"{mib.HR_PRINTER_STATUS}.1": 3,
            f"{mib.HR_PRINTER_ERRORS}.1": bits.to_bytes(2, "big"),
            f"{mib.INPUT_CAPACITY}.1.1": 250,
            f"{mib.INPUT_LEVEL}.1.1": int(self.state["paper_percent"] or 0) * 250 // 100,
            f"{mib.SUPPLY_CAPACITY}.1.1": 100,
            f"{mib.SUPPLY_LEVEL}.1.1": int(self.state["toner_percent"] or 0),
        }


class SnmpSwitch(SnmpAgent):
    """The first `ports_up` of its eight ports are up."""

    fields = {"ports_up": Field(int, high=PORTS)}  # noqa: RUF012 - constant

    def __init__(self, start: Json | None = None) -> None:
        super().__init__({"ports_up": PORTS, **(start or {})})

    def objects(self) -> Mapping[str, int | bytes]:
        """Return what the switch tells."""
        found: dict[str, int | bytes] = {mib.SYS_NAME: b"switch", mib.SYS_UPTIME: 360_000}
        for port in range(1, PORTS + 1):
            up = port <= int(self.state["ports_up"] or 0)
            found |= {
                f"{mib.IF_DESCR}.{port}": f"ge-{port}".encode(),
                f"{mib.IF_ADMIN}.{port}": 1,
                f"{mib.IF_OPER}.{port}": 1 if up else 2,
            }
        return found
