"""The site file: the sample of the contract is read, and each mistake is named with its line."""

from pathlib import Path

import pytest

from provisioning.errors import SiteError
from provisioning.site import parse_site, read_site

SAMPLE = """\
[site]
id = "demo"
name = "示范"
[cloud]
mqtt = "mqtts://core.example:8883"
http = "https://core.example"
[trust]
content_keys = { "content-1" = "base64url" }
[[stations]]
id = "st-01"
name = "谏壁驿站"
kind = "station"
parent = ""
outbox = { max_mb = 512, keep_evidence_days = 7, credit = 4 }
[[stations.slots]]
id = "probe-1"
kind = "probe"
heartbeat_s = 60
device = { id = "dev-1", serial = "SIM-1", profile = "sim-probe", address = "sim:" }
simulate = { rate = 50.0, stream = "evidence", bytes = 120, burst = 1, seed = 1 }
[[stations]]
id = "st-02"
name = "丁卯驿站"
parent = "st-01"
[[stations.slots]]
id = "door-1"
kind = "door"
"""


def test_the_sample_of_the_contract_is_read_whole() -> None:
    site = parse_site(SAMPLE)
    assert site.site.name == "示范"
    assert site.trust.content_keys == {"content-1": "base64url"}
    probe = site.station("st-01").slots[0]
    assert probe.device is not None
    assert (probe.device.profile, probe.device.address, probe.heartbeat_s) == ("sim-probe", "sim:", 60)
    assert probe.simulate is not None
    assert probe.simulate.rate == 50.0
    assert site.station("st-02").parent == "st-01"
    assert site.station("st-02").outbox.credit == 4


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ('name = "示范"', 'nam = "示范"', 3, "nam"),
        ('id = "st-01"', 'id = "ST-01"', 10, "is not an id"),
        ('kind = "probe"', 'kind = "agent"', 15, "the station itself"),
        ('kind = "probe"', 'kind = "oven"', 17, "kind"),
        ('id = "door-1"', 'id = "door-1"\ncolour = "red"', 27, "colour"),
        ("heartbeat_s = 60", "heartbeat_s = 1", 18, "heartbeat_s"),
        ('address = "sim:"', 'address = "tcp://127.0.0.1:502"', 15, "address is 'sim:'"),
        ("rate = 50.0", "rate = 50.0, colour = 1", 20, "colour"),
        ('parent = "st-01"', 'parent = "st-09"', 0, "parent 'st-09' is not in this file"),
        ('parent = ""', 'parent = "st-02"', 0, "its own ancestor"),
        ('id = "st-02"', 'id = "st-01"', 0, "used twice"),
        ('id = "st-02"', 'id = "st-02', 22, "not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, why: str) -> None:
    with pytest.raises(SiteError, match=why) as refused:
        parse_site(SAMPLE.replace(old, new, 1))
    if line:
        assert refused.value.line == line


def test_slots_of_one_station_differ_in_name() -> None:
    twice = SAMPLE + '[[stations.slots]]\nid = "door-1"\nkind = "door"\n'
    with pytest.raises(SiteError, match="'door-1' is used twice"):
        parse_site(twice)


def test_an_unknown_station_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SiteError, match="it has st-01, st-02"):
        parse_site(SAMPLE).station("st-9")


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="cannot read"):
        read_site(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'[site]\nname = "\xff"')
    with pytest.raises(SiteError, match="not UTF-8 at byte 15"):
        read_site(tmp_path / "latin.toml")
    (tmp_path / "good.toml").write_text(SAMPLE, encoding="utf-8")
    assert read_site(tmp_path / "good.toml").site.id == "demo"
