"""Lost packets (F12): a network namespace of the run's own, in which iptables drops a part of what goes over loopback.

Enter it first: `unshare --net` and the rest of `NAMESPACE`; the machine's own network is never touched.
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: Before a command: run it in a network namespace of its own, with loopback up. Needs root.
NAMESPACE: Final = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "in-namespace")


def in_namespace() -> bool:
    """Return whether this process has a network of its own: one that leads nowhere."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


@contextmanager
def lost_packets(part: float) -> Iterator[None]:
    """Lose this part of all TCP packets over loopback while the body runs."""
    if not in_namespace():
        raise RuntimeError("packets are lost in a network namespace of one's own only: start it with " + NAMESPACE[0])
    rule = ["INPUT", "-i", "lo", "-p", "tcp", "-m", "statistic", "--mode", "random", "--probability", str(part)]
    _iptables("-A", *rule, "-j", "DROP")
    try:
        yield
    finally:
        _iptables("-D", *rule, "-j", "DROP")


def _iptables(*words: str) -> None:
    environment = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    subprocess.run(["iptables", *words], check=True, capture_output=True, timeout=10, env=environment)
