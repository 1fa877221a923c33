"""Signatures of screen content: only the right key over the unchanged bytes is believed (D24)."""

import json
from pathlib import Path

import pytest

from protocols.venue.content import Envelope, Manifest
from provisioning.errors import TrustError
from provisioning.signing import content_key, public_text, sign_manifest
from provisioning.trust import CONTENT_KEY_ID, open_envelope

SAMPLE = Path(__file__).parents[1] / "data" / "documents" / "manifest.json"
KEY = content_key(b"secret of the test")
KEYS = {CONTENT_KEY_ID: public_text(KEY)}


def manifest() -> Manifest:
    return Manifest.from_bytes(SAMPLE.read_bytes())


def test_a_signed_manifest_opens_with_the_public_key() -> None:
    envelope = Envelope.from_bytes(sign_manifest(manifest(), KEY).to_bytes())
    assert open_envelope(envelope, KEYS) == manifest()
    assert len(KEYS[CONTENT_KEY_ID]) == 43


def test_the_key_belongs_to_the_secret() -> None:
    assert public_text(content_key(b"secret of the test")) == KEYS[CONTENT_KEY_ID]
    assert public_text(content_key(b"another")) != KEYS[CONTENT_KEY_ID]


@pytest.mark.parametrize("member", ["protected", "payload", "signature"])
def test_a_changed_member_is_not_believed(member: str) -> None:
    plain = sign_manifest(manifest(), KEY).to_object()
    for changed in (plain[member][:-2] + ("A" if plain[member][-2] != "A" else "B") + plain[member][-1], "", "*"):
        with pytest.raises(TrustError) as refused:
            open_envelope(Envelope.from_object({**plain, member: changed}), KEYS)
        assert refused.value.reason == "signature"


@pytest.mark.parametrize("keys", [{}, {CONTENT_KEY_ID: public_text(content_key(b"x"))}, {CONTENT_KEY_ID: "AA"}])
def test_without_the_right_key_nothing_is_believed(keys: dict[str, str]) -> None:
    with pytest.raises(TrustError) as refused:
        open_envelope(sign_manifest(manifest(), KEY), keys)
    assert refused.value.reason == "signature"


def test_another_algorithm_is_refused_even_if_it_verifies() -> None:
    envelope = sign_manifest(manifest(), KEY)
    header = json.dumps({"alg": "none", "kid": CONTENT_KEY_ID})
    import base64  # noqa: PLC0415 - only here

    forged = envelope.model_copy(update={"protected": base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")})
    with pytest.raises(TrustError, match="'none' is not EdDSA"):
        open_envelope(forged, KEYS)


def test_a_well_signed_text_that_is_no_manifest_is_a_schema_refusal() -> None:
    broken = manifest().model_copy(update={"items": [{"id": "p-1"}]})
    with pytest.raises(TrustError) as refused, pytest.warns(UserWarning, match="serializ"):
        open_envelope(sign_manifest(broken, KEY), KEYS)
    assert refused.value.reason == "schema"
