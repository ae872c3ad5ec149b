"""E-mail addresses: what may be one, and what makes two spellings one person."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from worker.errors import InvalidInput

_LONGEST = 320
_EXAMPLE = "It should look like name@example.com."


@dataclass(frozen=True)
class Address:
    """An address as it is written to (`text`), and its key: the same for every spelling of the same mailbox."""

    text: str
    key: str


def parse_address(typed: str) -> Address:
    """The address somebody typed; InvalidInput says what to correct.

    The key has the domain as IDNA in lower case and the local part in lower case: standards allow mailboxes that
    differ by case, but nobody has them, and people do type their address both ways.
    """
    typed = typed.strip()
    if not typed:
        raise InvalidInput("Please enter your email address.", field="address")
    if len(typed) > _LONGEST:
        raise InvalidInput(f"This is too long for an email address. {_EXAMPLE}", field="address")
    if typed.count("@") != 1:
        wrong = "The @ is missing" if "@" not in typed else "There is more than one @"
        raise InvalidInput(f"{wrong}. {_EXAMPLE}", field="address")
    try:
        valid = validate_email(typed, check_deliverability=False, strict=True)
    except (EmailNotValidError, UnicodeError) as error:
        raise InvalidInput(f"This email address does not work: please check it. {_EXAMPLE}", field="address") from error
    local = unicodedata.normalize("NFC", valid.local_part.lower())
    domain = (valid.ascii_domain or valid.domain).lower()
    return Address(text=f"{valid.local_part}@{domain}", key=f"{local}@{domain}")


def masked(address: str) -> str:
    """Enough for its owner to recognise, too little for anybody else to write to: `j•••@e•••.com`."""
    local, _, domain = address.rpartition("@")
    name, dot, end = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{end}"
