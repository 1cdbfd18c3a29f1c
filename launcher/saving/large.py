"""Large files go up in parts; the journal knows the upload, so that a killed one goes on.

An upload is known again by the fingerprint of its file: it begins before anybody has read what is in it. Which of its
parts are still good, their own checksums tell, which the server keeps.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.journal import Journal, Stat
from launcher.journal.interrupted import Interrupted
from launcher.projects.local_files import stat_of
from launcher.saving.snapshot import ATTEMPTS, PAUSE_S, being_written
from launcher.storage.checksums import Digest
from launcher.storage.upload import Stored
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:  # it loads boto3, which only large files need
    from launcher.storage.multipart import Multipart, Part, Sent


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload of a file as it looked then, with the parts that the server has of it."""

    where: S3Uri
    upload: Multipart
    upload_id: str
    known: dict[int, Part]
    seen: Stat

    def send(self, file: Path, progress: Callable[[int], None] = lambda size: None, *, sha256: bool = True) -> Sent:
        """The parts that are missing, by one read; raises `ChangedMeanwhile` as soon as the file looks different."""

        def one_more(size: int) -> None:
            self._check(file)
            progress(size)

        self._check(file)
        sent = self.upload.send(self.upload_id, file, self.seen.size, self.known, one_more, sha256=sha256)
        self._check(file)
        return sent

    def _check(self, file: Path) -> None:
        if stat_of(file) != self.seen:
            raise being_written(file)


class LargeUploads:
    """The large files of one project."""

    def __init__(
        self,
        multipart: Callable[[S3Uri], Multipart],
        journal: Journal,
        project_id: str,
        interrupted: Interrupted | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._multipart = multipart
        self._journal = journal
        self._interrupted = interrupted or Interrupted(journal)
        self._project = project_id
        self._sleep = sleep
        self._brought: dict[str, tuple[Begun, Sent]] = {}

    def begin(self, path: str, seen: Stat, where: S3Uri) -> Begun:
        """The upload that a killed run began for this file, or a new one; the journal knows it either way."""
        upload = self._multipart(where)
        upload_id, known = self._begun(path, upload, seen, where) or (self._begin(path, upload, where, seen), {})
        return Begun(where, upload, upload_id, known, seen)

    def bring(
        self, path: str, file: Path, where: S3Uri, look: Callable[[], None] = lambda: None
    ) -> tuple[Digest, Stat]:
        """All parts of a file whose content nobody knows yet, read once: what it is, of which `send` makes an object.

        `look` raises if this file may not go. Raises `ChangedMeanwhile` when the file never holds still.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(PAUSE_S * attempt)
            seen = Stat.of(file.lstat())
            look()
            begun = self.begin(path, seen, where)
            try:
                sent = begun.send(file)
            except errors.ChangedMeanwhile:
                self._throw_away(path, begun)
            else:
                self._brought[path] = begun, sent
                return sent.digest, seen
        raise being_written(file)

    def send(self, path: str, file: Path, seen: Stat, digest: Digest, where: S3Uri, replaces: str | None) -> Stored:
        """Send the parts that are missing, and put them together under a condition."""
        begun, sent = self._brought.pop(path, None) or (None, None)
        if begun is None or sent is None or begun.where != where:
            begun, sent = self._sent_now(path, file, seen, where)
        try:
            stored = begun.upload.complete(begun.upload_id, sent.parts, digest, replaces=replaces)
        except errors.ChangedMeanwhile:
            self._throw_away(path, begun)
            raise
        if begun.upload.has_left_one:
            with suppress(errors.LauncherError):  # the file is saved all the same; the next save ends what is left
                begun.upload.abort(begun.upload_id)
                self._interrupted.drop_upload(self._project, path)
        else:
            self._interrupted.drop_upload(self._project, path)
        return stored

    def has_begun(self, path: str, seen: Stat) -> bool:
        """Is there an upload of this file as it looks, to be gone on with?"""
        begun = self._interrupted.upload(self._project, path)
        return begun is not None and begun[2] == _told(seen)

    def end_orphans(self, folder: Path, home: S3Uri) -> None:
        """End uploads of which nothing will come: their parts are seen by nobody, and paid for all the same."""
        for path, upload_id, key in orphans(self._journal, self._project, folder):
            with suppress(errors.LauncherError):  # without the right to; the next save tries again
                self._multipart(S3Uri(home.bucket, key)).abort(upload_id)
                self._interrupted.drop_upload(self._project, path)

    def _sent_now(self, path: str, file: Path, seen: Stat, where: S3Uri) -> tuple[Begun, Sent]:
        begun = self.begin(path, seen, where)
        try:
            return begun, begun.send(file, sha256=False)
        except errors.ChangedMeanwhile as exc:  # here, and not in the bucket
            self._throw_away(path, begun)
            raise errors.NotDone(path, title=exc.title, hint=exc.hint) from exc

    def _throw_away(self, path: str, begun: Begun) -> None:
        _end(begun.upload, begun.upload_id)
        self._interrupted.drop_upload(self._project, path)

    def _begun(self, path: str, upload: Multipart, seen: Stat, where: S3Uri) -> tuple[str, dict[int, Part]] | None:
        """What a killed run began for this file, with its parts; a stale one of ours is ended."""
        begun = self._interrupted.upload(self._project, path)
        if begun is None:
            return None
        upload_id, key, fingerprint = begun
        if key != where.key:
            _end(self._multipart(S3Uri(where.bucket, key)), upload_id)
            return None
        if fingerprint != _told(seen):
            _end(upload, upload_id)
            return None
        try:
            known = upload.known_parts(upload_id)
        except errors.Refused:  # without the right to look, nothing is known of them
            _end(upload, upload_id)
            return None
        return None if known is None else (upload_id, known)

    def _begin(self, path: str, upload: Multipart, where: S3Uri, seen: Stat) -> str:
        """A new upload, in the journal before its first byte goes.

        A kill between the server's answer and the journal leaves an upload whose id nobody knows, and so does an answer
        that is lost on the way. So the uploads that are open before are written down: one that is there afterwards, and
        never got a part, is what we left.
        """
        self._end_nameless(path, upload)
        self._journal.put_fact(self._opening(path), json.dumps(sorted(upload.open_ids())))
        upload_id = upload.begin()
        self._interrupted.put_upload(self._project, path, upload_id, where.key, _told(seen))
        if upload.may_have_lost_one:
            self._end_nameless(path, upload)
        self._journal.put_fact(self._opening(path), "")
        return upload_id

    def _end_nameless(self, path: str, upload: Multipart) -> None:
        before = self._journal.fact(self._opening(path))
        if not before:
            return
        begun = self._interrupted.upload(self._project, path)
        with suppress(errors.Refused):
            for upload_id in upload.open_ids() - {*json.loads(before), *(begun or ())[:1]}:
                if not upload.known_parts(upload_id):
                    upload.abort(upload_id)

    def _opening(self, path: str) -> str:
        return f"opening an upload of {self._project}/{path}"


def _end(upload: Multipart, upload_id: str) -> None:
    """Throw away an upload of ours; without the right to, its parts stay until the bucket's own rule ends them.

    Nothing that is to be saved has to wait for that.
    """
    with suppress(errors.Refused):
        upload.abort(upload_id)


def orphans(journal: Journal, project_id: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Path, id and key of each upload of a file that is no more, or looks different now, or was saved another way."""
    uploads = Interrupted(journal).uploads(project_id)
    items = journal.items_at(project_id, [path for path, *_ in uploads]) if uploads else {}
    for path, upload_id, key, fingerprint in uploads:
        now, item = stat_of(folder / path), items.get(path)
        is_held = item is not None and item.stat == now and item.held_as is not None
        if now is None or _told(now) != fingerprint or is_held:
            yield path, upload_id, key


def _told(seen: Stat) -> str:
    """A fingerprint in words."""
    return " ".join(map(str, seen))
