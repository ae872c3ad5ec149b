"""Below HTTP: connections only to public addresses, and no wait beyond a deadline.

The check is made where a name has become an address. So it holds for the URL itself, for every redirect and against a
name that answers differently the second time (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from worker.collect.fetch.model import ForbiddenAddress

_KEPT_CONNECTIONS = 8
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where IPv6 wraps an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if wrapped is None and ip in _NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _Deadline(threading.local):
    """When the fetch that this thread is at must have ended."""

    at = float("inf")


_DEADLINE = _Deadline()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Let no wait on the network last beyond so many seconds from now, however slowly bytes drip."""
    _DEADLINE.at = time.monotonic() + seconds
    try:
        yield
    finally:
        _DEADLINE.at = float("inf")


def _within(timeout: float | None, error: type[Exception]) -> float:
    left = _DEADLINE.at - time.monotonic()
    if left <= 0:
        raise error("the time for one fetch is over")
    return min(left, timeout if timeout is not None else left, 3600)


class _TimedStream(httpcore.NetworkStream):
    """A connection whose waits end with the deadline of the fetch."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = _within(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Network(httpcore.SyncBackend):
    """Resolves a name and connects to one of its addresses; with `public_only` it refuses a name with a private one."""

    def __init__(self, *, public_only: bool, public: Callable[[str], bool] = is_public) -> None:
        self._public_only, self._public = public_only, public

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _resolve(host, port)
        forbidden = [address for address in addresses if not self._public(address)]
        if self._public_only and forbidden:
            leads = "is" if host.strip("[]") == str(forbidden[0]) else f"leads to {forbidden[0]}, which is"
            raise ForbiddenAddress(
                f"{host} {leads} not on the public internet; where that is wanted, "
                "`allow_private = true` at a source in schedules/sources.toml lets its own machine be asked, no other"
            )
        failure: Exception | None = None
        for address in addresses:
            try:
                limit = _within(timeout, httpcore.ConnectTimeout)
                return _TimedStream(super().connect_tcp(address, port, limit, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise ForbiddenAddress(f"{path} is a local socket")


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def transport(*, public_only: bool, connections: int, public: Callable[[str], bool] = is_public) -> httpx.HTTPTransport:
    """httpx's transport over such a network. No proxy is taken from the environment: it would be asked in our place."""
    made = httpx.HTTPTransport(trust_env=False, retries=0)
    made._pool = httpcore.ConnectionPool(
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=connections,
        # Kept for the next request of the same visit; polls go to ever other hosts, and every request looks at each.
        max_keepalive_connections=min(connections, _KEPT_CONNECTIONS),
        keepalive_expiry=5,
        network_backend=Network(public_only=public_only, public=public),
    )
    return made
