"""The verbs of the newsroom over HTTP, for a rehearsal that runs it as a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from demo.newsroom.archive import UnknownArticle
from demo.newsroom.clock import parse_instant
from demo.newsroom.loopback import Request, Response, json_response

if TYPE_CHECKING:
    from demo.newsroom.newsroom import Newsroom

PREFIX = "/-/"


class Control:
    """GET clock, articles; POST clock, publish, edit, withdraw, fail, hang, release (all below /-/)."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._verbs: dict[str, Callable[[dict[str, Any]], object]] = {
            "clock": self._set_clock,
            "publish": lambda given: newsroom.publish(_text(given, "slug")),
            "edit": lambda given: newsroom.edit(_text(given, "slug"), title=given.get("title"), text=given.get("text")),
            "withdraw": lambda given: newsroom.withdraw(_text(given, "slug")),
            "fail": lambda given: newsroom.fail_next(
                _whole(given, "status"), times=_whole(given, "times", 1), retry_after=given.get("retry_after")
            ),
            "hang": lambda given: newsroom.hang(times=_whole(given, "times", 1)),
            "release": lambda given: newsroom.release(),
        }

    def answer(self, request: Request) -> Response:
        verb = request.path.removeprefix(PREFIX)
        if request.method in ("GET", "HEAD"):
            return self._show(verb)
        if request.method != "POST" or verb not in self._verbs:
            return _refused(404, f"POST one of {', '.join(PREFIX + known for known in self._verbs)}")
        try:
            given = request.json() or {}
            if not isinstance(given, dict):
                raise ValueError("the body is a JSON object")
            self._verbs[verb](given)
        except UnknownArticle as error:
            return _refused(404, str(error))
        except ValueError as error:
            return _refused(400, str(error))
        return json_response({"now": self._newsroom.now.isoformat()})

    def _show(self, verb: str) -> Response:
        if verb == "clock":
            return json_response({"now": self._newsroom.now.isoformat()})
        if verb == "articles":
            return json_response({"now": self._newsroom.now.isoformat(), "articles": self._articles()})
        return _refused(404, "GET /-/clock or /-/articles")

    def _articles(self) -> list[dict[str, Any]]:
        """Every sample article with its labels: the answer key for whoever checks matching."""
        archive, now = self._newsroom.archive, self._newsroom.now
        rows = []
        for slug, manuscript in archive.manuscripts.items():
            shown = archive.find(slug, now)
            rows.append(
                {
                    "slug": slug,
                    "title": shown.title if shown else manuscript.title,
                    "labels": sorted(manuscript.labels),
                    "scheduled_at": (archive.base + manuscript.offset).isoformat(),
                    "published": shown is not None,
                    "url": self._newsroom.url + shown.path if shown else None,
                }
            )
        return rows

    def _set_clock(self, given: dict[str, Any]) -> None:
        speed = given.get("speed", 0.0)
        if isinstance(speed, bool) or not isinstance(speed, int | float) or speed < 0:
            raise ValueError("speed is a number of seconds a second, 0 to stand still")
        self._newsroom.clock.set(parse_instant(given.get("now")), speed=float(speed))


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is missing, or no text")
    return value


def _whole(given: dict[str, Any], key: str, default: int | None = None) -> int:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{key} is a whole number from 1")
    return value


def _refused(status: int, message: str) -> Response:
    return json_response({"error": message}, status)
