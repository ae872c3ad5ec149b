"""A file for each mail, named after its delivery, so that the same mail handed over twice is one file."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from worker.deliver.mailers.mime import forms_of
from worker.deliver.mailers.protocol import Evidence, RecipientResult, Submission
from worker.deliver.outcome import Outcome, OutcomeClass
from worker.message import Parcel, UnsafeMessage

_SUFFIX = ".sitrep"


class MaildirMailer:
    """Writes into `path`/new. A mail appears whole or not at all; one that is there already is left alone.

    What is reported as written is on the disk, and stays there if the power goes.
    """

    name = "maildir"
    one_content_per_request = False
    max_recipients = 1000
    evidence = Evidence.ITSELF

    def __init__(self, path: Path) -> None:
        self._path = path

    def submit(self, parcels: Sequence[Parcel], *, batch_id: uuid.UUID | None, now: datetime) -> Submission:
        """Write the mails. A full disk or a missing right is a retry: what is written stays, and is found again."""
        results: dict[uuid.UUID, RecipientResult] = {}
        try:
            self._make_directories()
            present = self._read_already()
            for parcel in parcels:
                self._write_all(parcel, present, results, now)
            _keep_names(self._path / "new")
        except UnsafeMessage as error:
            return Submission(Outcome(OutcomeClass.BISECT, str(error), shared=True), results=results)
        except OSError as error:
            return Submission(Outcome(OutcomeClass.RETRY, f"{self._path}: {error.strerror or error}"), results=results)
        return Submission(Outcome(OutcomeClass.ACCEPTED, "written"), results=results)

    def found(self, references: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Those whose file is there, read or unread."""
        seen = self._read_already()
        return {ref for ref in references if ref in seen or (self._path / "new" / file_name(ref)).exists()}

    def close(self) -> None:
        """Nothing is held open."""

    def _make_directories(self) -> None:
        for part in ("tmp", "new", "cur"):
            (self._path / part).mkdir(parents=True, exist_ok=True)

    def _read_already(self) -> set[uuid.UUID]:
        """The mails that a mail program has moved to cur/ (where flags follow the name)."""
        found = set()
        with suppress(FileNotFoundError):
            for name in os.listdir(self._path / "cur"):
                with suppress(ValueError):
                    found.add(uuid.UUID(name.split(_SUFFIX)[0]))
        return found

    def _write_all(
        self, parcel: Parcel, present: set[uuid.UUID], results: dict[uuid.UUID, RecipientResult], now: datetime
    ) -> None:
        form = forms_of(parcel.content, [recipient.substitutions for recipient in parcel.recipients])
        for recipient in parcel.recipients:
            target = self._path / "new" / file_name(recipient.reference)
            if recipient.reference not in present and not target.exists():
                try:
                    mail = form.fill(recipient, now=now)
                except UnsafeMessage as error:
                    results[recipient.reference] = RecipientResult(OutcomeClass.BISECT, str(error))
                    continue
                self._write(target, mail)
            results[recipient.reference] = RecipientResult(OutcomeClass.ACCEPTED)

    def _write(self, target: Path, mail: bytes) -> None:
        beside = self._path / "tmp" / f"{target.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
        try:
            with beside.open("wb") as file:
                file.write(mail.replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave its name with nothing in it
            os.replace(beside, target)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise


def _keep_names(directory: Path) -> None:
    """Have the disk keep the names of the files in it."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_name(reference: uuid.UUID) -> str:
    """The file of a delivery or notice in new/."""
    return f"{reference}{_SUFFIX}"
