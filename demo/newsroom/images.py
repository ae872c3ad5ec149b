"""Small pictures for the articles, drawn from their names: a sky, two ranges of hills, water."""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import lru_cache
from math import sin

WIDTH, HEIGHT = 320, 180


@lru_cache(maxsize=128)
def draw(name: str) -> tuple[bytes, str]:
    """The picture called `name` and its content type; the ending decides between SVG and PNG."""
    if name.endswith(".svg"):
        return _svg(name), "image/svg+xml"
    return _png(name), "image/png"


def _palette(name: str) -> tuple[tuple[int, int, int], tuple[int, int, int], float]:
    digest = hashlib.sha256(name.encode()).digest()
    sky = (90 + digest[0] % 80, 120 + digest[1] % 80, 150 + digest[2] % 90)
    land = (20 + digest[3] % 60, 40 + digest[4] % 60, 50 + digest[5] % 50)
    return sky, land, digest[6] / 40


def _horizon(x: int, phase: float, height: int) -> int:
    return int(height + 14 * sin(x / 31 + phase) + 7 * sin(x / 11 + 2 * phase))


def _png(name: str) -> bytes:
    sky, land, phase = _palette(name)
    far = tuple((a + b) // 2 for a, b in zip(sky, land, strict=True))
    ranges = [(_horizon(x, phase, 100), _horizon(x, 3 * phase, 130)) for x in range(WIDTH)]
    rows = bytearray()
    for y in range(HEIGHT):
        light = tuple(min(255, channel + (HEIGHT - y) // 4) for channel in sky)
        rows.append(0)
        for back, front in ranges:
            rows += bytes(land if y > front else far if y > back else light)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _svg(name: str) -> bytes:
    sky, land, phase = _palette(name)
    points = " ".join(f"{x},{_horizon(x, phase, 110)}" for x in range(0, WIDTH + 1, 8))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}"><rect width="100%" height="100%" fill="rgb{sky}"/>'
        f'<polygon fill="rgb{land}" points="0,{HEIGHT} {points} {WIDTH},{HEIGHT}"/></svg>'
    ).encode()
