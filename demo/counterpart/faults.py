"""Named ways in which the counterpart fails, each as often as it was told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    ACCEPT_THEN_CUT = "accept_then_cut"
    CUT_BEFORE_BODY = "cut_before_body"
    HANG = "hang"
    HANG_BEFORE_ACCEPTING = "hang_before_accepting"
    RATE_LIMIT = "429"
    ERROR_AFTER_ACCEPTING = "5xx_html"
    ERROR_BEFORE_ACCEPTING = "5xx"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOO_LARGE = "413"
    BAD_RECIPIENT = "400_bad_recipient"
    TRUNCATED = "truncated"
    EVENTS_DOUBLED = "events_doubled"
    EVENTS_REVERSED = "events_reversed"
    EVENTS_DELAYED = "events_delayed"
    EVENTS_FORGED = "events_forged"


@dataclass(frozen=True)
class Fault:
    """One failure to come.

    `times` is how often it strikes (None: until cleared), after letting `after` occasions pass. Only requests
    with at least `min_mails` personalizations, and to `address` where one is given, are such occasions.
    """

    mode: Mode
    times: int | None = 1
    after: int = 0
    address: str | None = None
    min_mails: int = 0
    seconds: float = 1.0
    status: int = 503

    def fits(self, addresses: Mapping[str, str], mails: int) -> bool:
        return mails >= self.min_mails and (self.address is None or self.address in addresses)


class Faults:
    """The failures that are still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, mode: Mode | str, **values: Any) -> None:
        """Plan a failure; raises ValueError with a sentence where mode or values make no sense."""
        try:
            fault = Fault(Mode(mode), **values)
        except ValueError as error:
            raise ValueError(f"{mode!r} is no fault; write one of {', '.join(Mode)}") from error
        except TypeError as error:
            raise ValueError("a fault takes mode, times, after, address, min_mails, seconds and status") from error
        _check(fault)
        address = fault.address.lower() if fault.address else None
        with self._lock:
            self._waiting.append(replace(fault, address=address))

    def take(self, *modes: Mode, addresses: Mapping[str, str] | None = None, mails: int = 0) -> Fault | None:
        """The first waiting fault of these modes that fits the occasion; it has struck once more."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.mode not in modes or not fault.fits(addresses or {}, mails):
                    continue
                if fault.after:
                    self._waiting[index] = replace(fault, after=fault.after - 1)
                    continue
                if fault.times is not None:
                    self._waiting[index : index + 1] = _again(fault, fault.times - 1)
                return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def accept_then_cut(self, **when: Any) -> None:
        """Keep the mails, then close the connection before any status line."""
        self.add(Mode.ACCEPT_THEN_CUT, **when)

    def cut_before_body(self, *, times: int | None = 1, after: int = 0) -> None:
        """Close the connection with the body unread; nothing is kept."""
        self.add(Mode.CUT_BEFORE_BODY, times=times, after=after)

    def hang(self, seconds: float, *, accepting: bool = True, **when: Any) -> None:
        """Answer only after `seconds`; with `accepting=False` keep nothing and close without an answer."""
        mode = Mode.HANG if accepting else Mode.HANG_BEFORE_ACCEPTING
        self.add(mode, seconds=seconds, **when)

    def rate_limit(self, seconds: float = 30, **when: Any) -> None:
        """429, to be tried again after `seconds`."""
        self.add(Mode.RATE_LIMIT, seconds=seconds, **when)

    def error_after_accepting(self, status: int = 503, **when: Any) -> None:
        """Keep the mails, then answer with a 5xx page of HTML."""
        self.add(Mode.ERROR_AFTER_ACCEPTING, status=status, **when)

    def error_before_accepting(self, status: int = 500, **when: Any) -> None:
        self.add(Mode.ERROR_BEFORE_ACCEPTING, status=status, **when)

    def unauthorized(self, **when: Any) -> None:
        self.add(Mode.UNAUTHORIZED, **when)

    def forbidden(self, **when: Any) -> None:
        self.add(Mode.FORBIDDEN, **when)

    def too_large(self, **when: Any) -> None:
        """413, for instance for every request of more than so many mails (`min_mails`)."""
        self.add(Mode.TOO_LARGE, **when)

    def bad_recipient(self, address: str, *, times: int | None = None) -> None:
        """400 for every request that holds this address, until cleared."""
        self.add(Mode.BAD_RECIPIENT, address=address, times=times)

    def truncated_answer(self, **when: Any) -> None:
        """Keep the mails, send half a status line, close."""
        self.add(Mode.TRUNCATED, **when)

    def double_events(self, *, times: int | None = 1) -> None:
        """Post the next `times` portions of events twice."""
        self.add(Mode.EVENTS_DOUBLED, times=times)

    def reverse_events(self, *, times: int | None = 1) -> None:
        """Post the events of the next `times` rounds last first."""
        self.add(Mode.EVENTS_REVERSED, times=times)

    def delay_events(self, *, times: int | None = 1) -> None:
        """Post nothing in the next `times` rounds; the events come later."""
        self.add(Mode.EVENTS_DELAYED, times=times)

    def forge_events(self, *, times: int | None = 1) -> None:
        """Sign the next `times` posts with somebody else's key."""
        self.add(Mode.EVENTS_FORGED, times=times)


def _again(fault: Fault, times: int) -> list[Fault]:
    return [replace(fault, times=times)] if times > 0 else []


def _check(fault: Fault) -> None:
    whole = (("after", fault.after), ("min_mails", fault.min_mails), ("status", fault.status))
    for name, value in (*whole, ("times", 1 if fault.times is None else fault.times)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} is a whole number")
    if fault.times == 0:
        raise ValueError("times is 1 or more, or null for until cleared")
    if isinstance(fault.seconds, bool) or not isinstance(fault.seconds, int | float) or fault.seconds < 0:
        raise ValueError("seconds is a number")
    if not isinstance(fault.address, str | None):
        raise ValueError("address is an address")
    if fault.mode is Mode.BAD_RECIPIENT and not fault.address:
        raise ValueError("400_bad_recipient needs the address to refuse")
    if fault.mode in (Mode.ERROR_AFTER_ACCEPTING, Mode.ERROR_BEFORE_ACCEPTING) and not 500 <= fault.status < 600:
        raise ValueError("status is 500 to 599")
