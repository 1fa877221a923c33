"""Metrics as Prometheus' own parser reads them."""

import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge.exposition import Family, exposition, single


def test_the_librarys_parser_reads_what_was_written() -> None:
    sent = Family("counter", "yizhan_edge_messages", 'Messages \\ by\n"class".', ("direction", "class"))
    sent.add(3, "sent", 'a "b" \\ c\nd')
    sent.add(12_345_678_901, "received", "报到")
    page = exposition([sent, single("gauge", "yizhan_edge_connected", "1 while connected.", 0.25)])
    counter, gauge = text_string_to_metric_families(page.decode())
    assert (counter.type, counter.name, counter.documentation) == ("counter", sent.name, sent.help)
    assert [(one.name, one.labels, one.value) for one in counter.samples] == [
        (f"{sent.name}_total", {"direction": "sent", "class": 'a "b" \\ c\nd'}, 3.0),
        (f"{sent.name}_total", {"direction": "received", "class": "报到"}, 12_345_678_901.0),
    ]
    assert [(one.name, one.labels, one.value) for one in gauge.samples] == [("yizhan_edge_connected", {}, 0.25)]


@pytest.mark.parametrize("value", [0.0, -1.5, 1e-9, 1e22, math.inf, -math.inf])
def test_every_number_comes_back(value: float) -> None:
    (family,) = text_string_to_metric_families(exposition([single("gauge", "x", "y", value)]).decode())
    assert family.samples[0].value == value


def test_a_value_for_each_label() -> None:
    family = Family("gauge", "x", "y", ("slot",))
    family.add(1.0)
    with pytest.raises(ValueError, match="shorter"):
        exposition([family])
