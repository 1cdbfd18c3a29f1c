"""The reader process: lists prefixes and finds projects. It has the credentials, and parses nothing risky itself.

Requests come in as lines; each is worked on by its own thread, and answers carry the request's number. When the pipe
ends, the reader ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

from launcher import errors
from launcher.channel import Channel, ChannelClosed, Message
from launcher.config.plain import typed
from launcher.config.site import S3Settings
from launcher.projects.find import Finder, FoundProject
from launcher.projects.parsing import Parsers
from launcher.projects.preview import Previewer
from launcher.projects.preview_crop import Look
from launcher.projects.preview_requests import PictureRequests
from launcher.projects.source import S3Source, source_at
from launcher.storage.listing import Page
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools.frames import Wanted


class Reader:
    """Answers requests about one site."""

    def __init__(self, settings: S3Settings, home: str, parsers: Parsers, previewer: Previewer) -> None:
        self._store = Store(settings)
        self._home = S3Uri.parse(home) if home else None
        self._parsers = parsers
        self._pictures = PictureRequests(self._store, self._source_at, previewer)

    def _source_at(self, root: S3Uri) -> S3Source:
        return source_at(self._store, root, self._home)

    def answers(self, request: Message) -> Iterator[Message]:
        """Every message that answers a request, in the order they become known."""
        where = S3Uri.parse(request["uri"])
        if request["op"] == "list":
            pages = self._store.lister.everything(where) if request["recursive"] else self._store.lister.level(where)
            for page in pages:
                yield {"page": _page(page)}
        elif request["op"] == "first":
            yield {"page": _page(self._store.lister.page(where, size=1))}
        elif request["op"] == "projects":
            finder = finder_at(self._store, self._parsers, where, self._home)
            for project in finder.projects():
                yield {"project": project.to_json()}
            for problem in finder.unread:
                yield {"problem": problem.to_json()}
            yield {"scanned": finder.scanned}
        elif request["op"] == "show":
            found, _ = find_one(self._store, self._parsers, where, self._home)
            yield {"project": found.to_json()}
        elif request["op"] == "pictures":
            yield self._pictures.project(where, request["tool"], Look(**request["look"]), Wanted(**request["wanted"]))
        elif request["op"] == "frame":
            yield self._pictures.file(where, request["number"], Look(**request["look"]))


def finder_at(store: Store, parsers: Parsers, where: S3Uri, home: S3Uri | None) -> Finder[S3Source]:
    """Looks for projects at a prefix."""
    return Finder(source_at(store, where, home), parsers, str(home) if home else "")


def find_one(store: Store, parsers: Parsers, where: S3Uri, home: S3Uri | None) -> tuple[FoundProject, S3Source]:
    """The project that an address names: a SLEAP file, or a folder, with or without its final `/`.

    A saver may work there: where a file is another one by the time it is read, all of it is listed once more.
    """
    try:
        return _find_one(store, parsers, where, home)
    except errors.ChangedMeanwhile:
        return _find_one(store, parsers, where, home)


def _find_one(store: Store, parsers: Parsers, where: S3Uri, home: S3Uri | None) -> tuple[FoundProject, S3Source]:
    if not where.is_prefix:
        finder = finder_at(store, parsers, where.parent, home)
        if found := finder.project(where.name):
            return found, finder.source
    finder = finder_at(store, parsers, where.as_prefix(), home)
    if found := finder.project():
        return found, finder.source
    raise not_a_project(where)


def not_a_project(where: S3Uri) -> errors.NotFound:
    """There may be files, but none that make a project."""
    return errors.NotFound(
        where,
        title="There is no pose project here",
        hint=f"See what is there with `pose-launcher projects {typed(where.parent)}`.",
    )


def _page(page: Page) -> dict[str, Any]:
    rows = [[item.key, item.size, item.modified, item.etag, item.storage_class] for item in page.objects]
    return {"prefixes": page.prefixes, "objects": rows, "truncated": page.next_token is not None}


def _serve(reader: Reader, channel: Channel, request: Message) -> None:
    number = request["request"]
    try:
        for message in reader.answers(request):
            blob = message.pop("blob", b"")
            channel.send({"request": number, **message}, blob)
        channel.send({"request": number, "done": True})
    except ChannelClosed:
        return
    except errors.LauncherError as exc:
        channel.send({"request": number, "error": exc.to_json()})
    except Exception as exc:  # noqa: BLE001 - one request's bug must not end the others
        bug = errors.LauncherError(request.get("uri", ""), detail=f"{type(exc).__name__}: {exc}"[:2000])
        channel.send({"request": number, "error": bug.to_json()})


def main() -> None:
    """Serve until the pipe ends."""
    channel = Channel(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    try:
        hello, _ = channel.receive()
        with Parsers() as parsers, Previewer() as previewer:
            reader = Reader(S3Settings.model_validate(hello["s3"]), hello["home"], parsers, previewer)
            while True:
                request, _ = channel.receive()
                threading.Thread(target=_serve, args=(reader, channel, request), daemon=True).start()
    except ChannelClosed:
        sys.stdout.flush()
        os._exit(0)  # threads may still wait for a server; nothing of theirs is needed any more
