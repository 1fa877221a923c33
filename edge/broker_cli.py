"""`yizhan edge broker`: what a technician types into the devices that connect to the station's own broker."""

import argparse
import json
import sys
from pathlib import Path

from devices.errors import ConfigurationError
from edge.cli import OK, WRONG_USE
from edge.lanbroker import devices_of, password_of
from provisioning.errors import SiteError
from provisioning.site import LanBroker, Station, read_site


def show(argv: list[str]) -> int:
    """Print server, port, user and password of each device at the station's broker, one JSON line each."""
    parser = argparse.ArgumentParser(prog="yizhan edge broker", description=show.__doc__)
    parser.add_argument("--site", type=Path, required=True, metavar="FILE", help="the site file")
    parser.add_argument("--station", required=True, metavar="ID", help="which station of it")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="the agent's state directory")
    options = parser.parse_args(argv)
    try:
        station = read_site(options.site).station(options.station)
        broker = _broker_of(station)
        for slot, (name, given) in devices_of(station.slots).items():
            password = password_of(options.state, name, given)
            line = {"slot": slot, "server": broker.host, "port": broker.port, "user": name, "password": password}
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    except (SiteError, ConfigurationError, OSError) as error:
        sys.stderr.write(f"yizhan edge broker: {error}\n")
        return WRONG_USE
    return OK


def _broker_of(station: Station) -> LanBroker:
    if station.broker is None:
        raise SiteError(f'{station.id} has no broker; write broker = {{ listen = "IP:1883" }} into its [[stations]]')
    return station.broker
