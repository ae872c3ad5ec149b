"""The signature of SendGrid's event webhook: ECDSA over the timestamp's bytes followed by the raw body.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from worker.errors import SettingsError

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

_ALGORITHM = ec.ECDSA(hashes.SHA256())


def verify_signature(body: bytes, *, signature: str, timestamp: str, keys: Sequence[str]) -> bool:
    """Whether one of the keys signed exactly these bytes. Two keys are in force while one replaces the other.

    `signature` is base64 of DER, `keys` are base64 of the SPKI, as SendGrid shows them. Raises SettingsError for a key
    that is none; whatever comes from outside only makes the answer False.
    """
    try:
        made = base64.b64decode(signature, validate=True)
        signed = timestamp.encode("ascii") + body
    except (binascii.Error, ValueError):
        return False
    return any(_verifies(load_key(key), made, signed) for key in keys)


@lru_cache(maxsize=16)
def load_key(key: str) -> ec.EllipticCurvePublicKey:
    """A public key of SITREP_SENDGRID_WEBHOOK_KEYS; SettingsError says what one looks like."""
    lines = [line for line in key.splitlines() if not line.startswith("-----")]
    try:
        loaded = load_der_public_key(base64.b64decode("".join("".join(lines).split()), validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(_NO_KEY) from error
    if not isinstance(loaded, ec.EllipticCurvePublicKey):
        raise SettingsError(_NO_KEY)
    return loaded


_NO_KEY = (
    "SITREP_SENDGRID_WEBHOOK_KEYS holds something that is no public key: copy the verification key "
    "from SendGrid's Mail Settings, Event Webhooks (it begins with MFkw)"
)


def _verifies(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, _ALGORITHM)
    except InvalidSignature:
        return False
    return True
