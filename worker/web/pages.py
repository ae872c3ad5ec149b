"""Turning templates/web/*.html into answers."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from worker.audience.tokens import is_loopback
from worker.errors import SettingsError
from worker.services.pages import PageTemplates, page_faults
from worker.web.guard import HEADERS
from worker.web.needs import WebServices


class Pages:
    """Renders pages as answers. SettingsError names every template that cannot be used: when the process starts, not
    when a visitor comes."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self.outbox = services.mail_outbox is not None and is_loopback(services.links.base_url)
        """Whether mails can be looked at under /outbox: they go into a maildir, and only this machine reaches us."""
        directory = services.templates_dir / "web"
        if faults := page_faults(directory, site=services.site, languages=services.languages):
            raise SettingsError("\n".join(faults))
        self._templates = PageTemplates(directory, site=services.site, languages=services.languages)

    def show(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page as an answer. `status` is 422 for a form with faults.

        What a page is given here it is given by a sample, too (worker/services/pages/samples.py).
        """
        html = self._templates.render(template, now=self._services.now(), **context)
        return HTMLResponse(html, status_code=status, headers=dict(HEADERS))

    def not_found(self, request: Request) -> HTMLResponse:
        """A link that is none of ours, or of somebody who is no longer here."""
        return self.show("not_found.html", status=404, is_link=request.url.path.count("/") > 1)
