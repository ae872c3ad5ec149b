"""The webhook's signature, by the ten vectors and by keys of our own."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from worker.errors import SettingsError
from worker.track.verify import load_key, verify_signature

BODY, TIME = b'[{"event":"delivered"}]\r\n', "1600112502"


def new_key() -> tuple[ec.EllipticCurvePrivateKey, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key, base64.b64encode(public).decode()


def sign(key: ec.EllipticCurvePrivateKey, timestamp: str = TIME, body: bytes = BODY) -> str:
    return base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()


def test_the_ten_vectors(shared_data: Path) -> None:
    vectors = json.loads((shared_data / "sending" / "signature_vectors.json").read_text())
    assert len(vectors) == 10
    for vector in vectors:
        genuine = verify_signature(
            base64.b64decode(vector["body_base64"]),
            signature=vector["signature_b64_der"],
            timestamp=vector["timestamp"],
            keys=[vector["public_key_b64_spki"]],
        )
        assert genuine is vector["valid"], vector["name"]


def test_either_of_two_keys_counts_while_one_replaces_the_other() -> None:
    (old, old_public), (new, new_public), (other, _) = new_key(), new_key(), new_key()
    results = [
        verify_signature(BODY, signature=sign(key), timestamp=TIME, keys=[old_public, new_public])
        for key in (old, new, other)
    ]
    assert results == [True, True, False]


def test_without_keys_nothing_is_genuine() -> None:
    key, _ = new_key()
    assert not verify_signature(BODY, signature=sign(key), timestamp=TIME, keys=[])


@pytest.mark.parametrize("signature", ["", "????", "bm90LWRlcg==", "é", "A" * 10_000, "MEUCIQ=="])
@pytest.mark.parametrize("timestamp", ["", TIME, "\u0661", "x" * 1000])
def test_nonsense_is_not_genuine_and_raises_nothing(signature: str, timestamp: str) -> None:
    _, public = new_key()
    assert not verify_signature(BODY, signature=signature, timestamp=timestamp, keys=[public])


@pytest.mark.parametrize("body", [BODY[:-2], BODY + b"\n", BODY.replace(b"delivered", b"processed"), b""])
def test_a_body_changed_by_one_byte_is_not_genuine(body: bytes) -> None:
    key, public = new_key()
    assert not verify_signature(body, signature=sign(key), timestamp=TIME, keys=[public])


def test_a_key_may_stand_in_its_pem_frame() -> None:
    key, public = new_key()
    framed = f"-----BEGIN PUBLIC KEY-----\n{public[:64]}\n{public[64:]}\n-----END PUBLIC KEY-----"
    assert load_key(framed).public_numbers() == key.public_key().public_numbers()


def test_a_setting_that_is_no_key_says_where_to_find_one() -> None:
    wrong = rsa.generate_private_key(65537, 2048).public_key()
    rsa_key = base64.b64encode(wrong.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    for text in ("nonsense", "AAAA", "é", rsa_key):
        with pytest.raises(SettingsError, match="SITREP_SENDGRID_WEBHOOK_KEYS"):
            load_key(text)
