"""The system's certificates cost an agent 2 MB: they are read by whoever speaks HTTPS and not before."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from devices.transports.tls import system_trust
from edge.memory import without_certificates
from tests.peers.certificates import self_signed

#: What `yizhan edge run` imports, and what the context of its HTTP library then holds.
AGENT = """
from edge.memory import without_certificates
with without_certificates():
    import edge.agent
import aiohttp.connector, sys
print(aiohttp.connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509"], "prometheus_client" in sys.modules)
"""


def known(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509"]


def test_nothing_reads_them_within_and_everybody_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    self_signed(tmp_path / "one.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "one.pem"))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    system_trust.cache_clear()
    with without_certificates():
        assert known(ssl.create_default_context()) == 0
    assert "SSL_CERT_DIR" not in os.environ
    trusted = system_trust()
    system_trust.cache_clear()
    assert (known(trusted), trusted.verify_mode, trusted.check_hostname) == (1, ssl.CERT_REQUIRED, True)


def test_an_agent_starts_without_them_and_without_what_it_does_not_need(tmp_path: Path) -> None:
    self_signed(tmp_path / "one.pem")
    said = subprocess.run(
        [sys.executable, "-c", AGENT], capture_output=True, text=True, check=True,
        env={**os.environ, "SSL_CERT_FILE": str(tmp_path / "one.pem")},
    )  # fmt: skip
    assert said.stdout.split() == ["0", "False"]
