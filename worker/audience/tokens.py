"""The signed tokens in links. Each purpose has its own salt, so that no link opens another's door."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from itsdangerous import BadSignature, Signer

from worker.errors import InvalidToken

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Subject = TypeVar("_Subject")


class Tokens:
    """Makes and reads tokens; reading one that was not made here for that purpose raises InvalidToken.

    None of them carries an end: leaving must work for ever, and how long a confirmation is good stands in its signup
    row, so that a mail sent again holds the same link.
    """

    def __init__(self, secret: str) -> None:
        self._signers = {
            # the key of each purpose is derived once: four signatures go into every mail
            purpose: Signer(_key(secret, purpose), key_derivation="none", digest_method=hashlib.sha256)
            for purpose in ("confirm", "preferences", "unsubscribe", "undo", "view", "feedback")
        }

    def confirm(self, signup_id: int) -> str:
        return self._sign("confirm", str(signup_id))

    def read_confirm(self, token: str) -> int:
        """The signup's id."""
        return self._read("confirm", token, int)

    def preferences(self, public_id: uuid.UUID) -> str:
        return self._sign("preferences", _short(public_id))

    def read_preferences(self, token: str) -> uuid.UUID:
        """The subscriber's public id."""
        return self._read("preferences", token, _long)

    def unsubscribe(self, public_id: uuid.UUID, newsletter: str) -> str:
        return self._sign("unsubscribe", f"{_short(public_id)}.{newsletter}")

    def read_unsubscribe(self, token: str) -> tuple[uuid.UUID, str]:
        """The subscriber's public id and the newsletter's slug."""

        def parts(text: str) -> tuple[uuid.UUID, str]:
            person, _, newsletter = text.partition(".")
            return _long(person), newsletter

        return self._read("unsubscribe", token, parts)

    def undo(self, public_id: uuid.UUID, left_at: datetime) -> str:
        return self._sign("undo", f"{_short(public_id)}.{(left_at - _EPOCH) // timedelta(microseconds=1)}")

    def read_undo(self, token: str) -> tuple[uuid.UUID, datetime]:
        """The subscriber's public id and the instant of the leaving that it takes back."""

        def parts(text: str) -> tuple[uuid.UUID, datetime]:
            person, _, micros = text.partition(".")
            return _long(person), _EPOCH + timedelta(microseconds=int(micros))

        return self._read("undo", token, parts)

    def view(self, delivery_id: uuid.UUID) -> str:
        return self._sign("view", _short(delivery_id))

    def read_view(self, token: str) -> uuid.UUID:
        """The delivery's id."""
        return self._read("view", token, _long)

    def feedback(self, delivery_id: uuid.UUID) -> str:
        return self._sign("feedback", _short(delivery_id))

    def read_feedback(self, token: str) -> uuid.UUID:
        """The delivery's id."""
        return self._read("feedback", token, _long)

    def _sign(self, purpose: str, text: str) -> str:
        return self._signers[purpose].sign(text).decode()

    def _read(self, purpose: str, token: str, parse: Callable[[str], _Subject]) -> _Subject:
        try:
            return parse(self._signers[purpose].unsign(token).decode())
        except (BadSignature, ValueError, OverflowError) as error:
            raise InvalidToken(
                "This link is not one of ours, or part of it is missing: copy it whole from the mail"
            ) from error


class LinkMaker:
    """The addresses that go into mails."""

    def __init__(self, base_url: str, tokens: Tokens) -> None:
        self.base_url = base_url.rstrip("/")
        self._tokens = tokens

    def confirm_url(self, signup_id: int) -> str:
        return f"{self.base_url}/confirm/{self._tokens.confirm(signup_id)}"

    def preferences_url(self, public_id: uuid.UUID) -> str:
        return f"{self.base_url}/preferences/{self._tokens.preferences(public_id)}"

    def unsubscribe_url(self, public_id: uuid.UUID, newsletter: str) -> str:
        return f"{self.base_url}/unsubscribe/{self._tokens.unsubscribe(public_id, newsletter)}"

    def view_url(self, delivery_id: uuid.UUID) -> str:
        return f"{self.base_url}/view/{self._tokens.view(delivery_id)}"

    def feedback_url(self, delivery_id: uuid.UUID) -> str:
        """Goes before `/` and an article's id."""
        return f"{self.base_url}/feedback/{self._tokens.feedback(delivery_id)}"


def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"sitrep.{purpose}".encode(), "sha256")


def is_loopback(base_url: str) -> bool:
    """Whether that address is this machine's own, for nobody else to reach."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _short(value: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(value.bytes).rstrip(b"=").decode()


def _long(text: str) -> uuid.UUID:
    return uuid.UUID(bytes=base64.urlsafe_b64decode(text + "=="))
