"""The account's own affairs: what the key may do, its suppression lists, where its events go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from worker.deliver.mailers.sendgrid.package import TIMEOUT_SECONDS, SendGridRefused, ask_or_refuse, package_client

NEEDED_SCOPES = ("mail.send",)
USEFUL_SCOPES = (
    "suppression.bounces.read",
    "suppression.spam_reports.read",
    "suppression.unsubscribes.read",
    "user.webhooks.event.settings.read",
)
_PAGE = 500
_MOST_AT_ONCE = 1000
_LISTS = {
    "bounces": "bounced",
    "invalid_emails": "bounced",
    "spam_reports": "complained",
    "unsubscribes": "unsubscribed",
}
_EVENTS = ("processed", "dropped", "deferred", "delivered", "bounce", "spam_report", "unsubscribe")


@dataclass(frozen=True)
class AccountCheck:
    """What the key may do; `problems` say what to change, and are empty where all is well."""

    scopes: frozenset[str]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class ProviderSuppression:
    """An address that SendGrid will not mail; `reason` in our words: bounced, complained, unsubscribed."""

    address: str
    reason: str
    since: datetime | None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WebhookSettings:
    """Where SendGrid sends events; `public_key` is set where it signs them."""

    enabled: bool
    url: str
    events: frozenset[str]
    public_key: str | None = None

    def problems(self, url: str) -> list[str]:
        """What is missing for events to arrive at `url`, so that uncertain batches settle by themselves."""
        found = []
        if not self.enabled or self.url != url:
            found.append(f"SendGrid's event webhook does not point to {url}: set it in Mail Settings, Event Webhooks")
        if missing := [event for event in _EVENTS if event not in self.events]:
            found.append(f"SendGrid's event webhook leaves out {', '.join(missing)}: switch them on")
        if self.public_key is None:
            found.append("SendGrid's event webhook is not signed: switch on its signature verification")
        return found


class SendGridAccount:
    """Talks to the account through the `sendgrid` package. Every method raises SendGridRefused."""

    def __init__(
        self, api_key: str, *, url: str = "https://api.sendgrid.com", timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._client = package_client(api_key, url, timeout=timeout)

    def check(self) -> AccountCheck:
        """What the key may do."""
        answer = ask_or_refuse(lambda: self._client.scopes.get(), purpose="list the key's scopes")
        scopes = frozenset(map(str, answer.get("scopes", []))) if isinstance(answer, dict) else frozenset()
        problems = [f"The key may not {scope}: no mail can leave" for scope in NEEDED_SCOPES if scope not in scopes]
        problems += [f"The key may not {scope}: give it this scope" for scope in USEFUL_SCOPES if scope not in scopes]
        return AccountCheck(scopes, tuple(problems))

    def suppressed(self, *, since: datetime | None = None) -> Iterator[ProviderSuppression]:
        """Every address on the account's suppression lists, page by page; those added from `since` on."""
        for name, reason in _LISTS.items():
            offset = 0
            while True:
                rows = self._page(name, offset, since)
                yield from (_suppression(row, reason) for row in rows if row.get("email"))
                if len(rows) < _PAGE:
                    break
                offset += len(rows)

    def suppress(self, addresses: Sequence[str]) -> None:
        """Put these on the account's global unsubscribe list, so that nothing else of the account mails them either."""
        for start in range(0, len(addresses), _MOST_AT_ONCE):
            self._suppress_some(list(addresses[start : start + _MOST_AT_ONCE]))

    def lift(self, address: str) -> None:
        """Take an address off every list, after its owner has confirmed anew."""
        for name in ("bounces", "invalid_emails", "spam_reports"):
            self._delete(self._client.suppression._(name)._(address))
        self._delete(self._client.asm.suppressions._("global")._(address))

    def webhook(self) -> WebhookSettings:
        """The settings of the event webhook."""
        settings = self._client.user.webhooks.event.settings
        answer = ask_or_refuse(lambda: settings.get(), purpose="read the event webhook's settings")
        answer = answer if isinstance(answer, dict) else {}
        return WebhookSettings(
            enabled=bool(answer.get("enabled")),
            url=str(answer.get("url") or ""),
            events=frozenset(event for event in _EVENTS if answer.get(event)),
            public_key=answer.get("public_key") or self._public_key(),
        )

    def _public_key(self) -> str | None:
        """The key that events are signed with; None where they are not."""
        signed = self._client.user.webhooks.event.settings.signed
        try:
            answer = ask_or_refuse(lambda: signed.get(), purpose="read the event webhook's public key")
        except SendGridRefused as error:
            if error.status != 404:
                raise
            return None
        return str(answer["public_key"]) if isinstance(answer, dict) and answer.get("public_key") else None

    def _suppress_some(self, addresses: list[str]) -> None:
        client = self._client.asm.suppressions._("global")
        ask_or_refuse(lambda: client.post(request_body={"recipient_emails": addresses}), purpose="suppress addresses")

    def _page(self, name: str, offset: int, since: datetime | None) -> list[dict[str, Any]]:
        query = {"limit": _PAGE, "offset": offset}
        if since is not None:
            query["start_time"] = int(since.timestamp())
        client = self._client.suppression._(name)
        rows = ask_or_refuse(lambda: client.get(query_params=query), purpose=f"list {name}")
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _delete(self, client: Any) -> None:
        try:
            ask_or_refuse(lambda: client.delete(), purpose="take an address off a suppression list")
        except SendGridRefused as error:
            if error.status != 404:
                raise


def _suppression(row: dict[str, Any], reason: str) -> ProviderSuppression:
    created = row.get("created")
    since = datetime.fromtimestamp(created, UTC) if isinstance(created, int) and 0 < created < 1 << 33 else None
    detail = {name: row[name] for name in ("reason", "status") if row.get(name)}
    return ProviderSuppression(str(row["email"]), reason, since, detail)
