"""What must be so whatever happened at some computers of one person: judged from their disks and the bucket alone.

The ledger looks at both after each step, by another client than the program's, and remembers what each computer has
had on its disk, what the bucket has held, and what was called saved.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.conftest import Site
from tests.scenario.contents import content_of, names_of
from tests.scenario.oracle import final_files

#: What the program says of a file whose present content is in the home bucket, or in the data bucket.
SAFE = frozenset({"saved", "saved as a conflict copy", "by reference", "older than what is saved"})


class Ledger:
    """The books of one home prefix."""

    def __init__(self, site: Site, *, has_versions: bool) -> None:
        self._site = site
        #: Does the bucket keep all that is replaced in it, and may it have kept anything?
        self._has_versions = has_versions
        self._lists_versions = has_versions
        self._read: dict[tuple[str, str, str], str] = {}
        #: For words: what a content was when it was made.
        self.names: dict[str, str] = {}
        self.seen: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.disks: dict[tuple[str, str], dict[str, str]] = {}
        self.current: dict[str, str] = {}
        self.kept: set[str] = set()
        self.must: set[str] = set()
        #: What another program took away where no versions are kept, and what is too old: nobody can keep that.
        self.taken: set[str] = set()
        #: Networks of a training, of which not every one is kept when it is replaced, and those that were kept once.
        self._passing: set[str] = set()
        self._passed: set[str] = set()
        #: Files that were cut off, as a reader of their kind can tell.
        self.halves: set[str] = set()
        #: Has time passed, so that what was replaced need not be kept any longer?
        self.is_old = False
        self.foreign: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.in_lab: set[str] = set()
        self.all_known: set[str] = set()
        self._places: dict[str, set[str]] = defaultdict(set)
        self._listed: dict[str, dict[str, str]] = {}
        self._doubtful: dict[str, set[str]] = defaultdict(set)
        self._etags: dict[str, str] = {}

    # What is told to it

    def made(self, data: bytes, name: str, *, is_passing: bool = False, is_half: bool = False) -> None:
        """Somebody wrote this."""
        content = content_of(data)
        self._passing |= {content} if is_passing else set()
        self.halves |= {content} if is_half else set()
        self.names.setdefault(content, name)
        self.all_known.add(content)

    def put_in_lab(self, data: bytes) -> None:
        """It lies in the data bucket."""
        self.made(data, "lab's")
        self.in_lab.add(content_of(data))

    def taken_from_lab(self, data: bytes) -> None:
        """Its admin replaced or deleted it there: nobody else has what lay only there."""
        content = content_of(data)
        self.in_lab.discard(content)
        self.taken.add(content)

    def put_by_another_program(self, key: str, data: bytes | None) -> None:
        """Another program replaced or deleted an object, and asked nobody."""
        before = self.current.get(key)
        if before is not None and not self._has_versions:
            self.taken.add(before)
        if data is None:
            self.deleted.add(key)
            self.foreign.pop(key, None)
            self.current.pop(key, None)
        else:
            self.made(data, f"another program's for {key}")
            self.foreign[key] = content_of(data)
            self.current[key] = content_of(data)
            self.must.add(content_of(data))

    def versions_began(self) -> None:
        """From now on the bucket keeps what is replaced, and some copies lie in the history all the same."""
        self._lists_versions = True

    @property
    def lists_versions(self) -> bool:
        """May the bucket hold versions of what was replaced?"""
        return self._lists_versions

    def versions_expired(self) -> None:
        """The bucket's own rule removed versions: nobody else has what only they held."""
        self.current, kept = self._contents()
        self.kept = kept | self.in_lab
        self.taken |= self.must - self.kept

    def home_was_copied(self) -> None:
        """To another bucket: what was replaced is there only as far as the history holds it, and ETags are new."""
        self.versions_expired()
        for row in self._rows("person/projects/"):
            short = row["Key"].removeprefix("person/projects/")
            if self._etags.get(short) not in (None, row["ETag"].strip('"')):
                self.foreign[short] = self.current[short]

    def forget(self, computer: str) -> None:
        """The machine is gone, and another one with its name has seen nothing."""
        for books in (self.seen, self.disks):
            for key in [key for key in books if key[0] == computer]:
                del books[key]

    def shown(self, computer: str) -> None:
        """Everything that the bucket holds has been before the eyes of the person at this computer."""
        for key, content in self.current.items():
            self.seen[computer, key].add(content)

    @property
    def excused(self) -> set[str]:
        """What may be nowhere."""
        return self.taken | self._passed

    # Looking

    def disk(self, computer: str, project: str, folder: Path) -> dict[str, str]:
        """What lies there now; it counts as seen at this computer."""
        here = {}
        for path, data in final_files(folder).items() if folder.is_dir() else ():
            here[path] = content_of(data)
            self.seen[computer, f"{project}/{path}"].add(here[path])
        self.disks[computer, project] = here
        return here

    def look(self, actors: Iterable[str], decided: Iterable[str] = ()) -> list[str]:
        """Look at the bucket; what is wrong with it. `actors` are the computers that may have written since."""
        current, kept = self._contents()
        kept |= self.in_lab
        wrong = [
            f"{key}: {self.say(data)} was never anywhere" for key, data in current.items() if data not in self.all_known
        ]
        for key, before in self.current.items():
            now = current.get(key)
            if now is None:
                wrong.append(f"{key}: {self.say(before)} was there, and nothing is now")
            elif now != before and not self._may_replace(key, before, actors, current, decided):
                wrong.append(
                    f"{key}: {self.say(before)} was replaced by {self.say(now)}, and {list(actors)} had not seen it"
                )
            if now in self.halves and before not in self.halves:
                wrong.append(f"{key}: {self.say(before)} was whole, and is replaced by {self.say(now)}")
        self.current, self.kept = current, kept
        self.must |= set(current.values())
        if self.is_old and not self._has_versions:
            self.taken |= self.must - set(current.values())
        self.taken -= kept
        self._passed |= self._passing & kept
        lost = self.must - kept - self.excused
        wrong += [f"{self.say(content)} was in the bucket, and is nowhere now" for content in sorted(lost)]
        return wrong

    def _may_replace(
        self, key: str, before: str, actors: Iterable[str], current: dict[str, str], decided: Iterable[str]
    ) -> bool:
        if before in current.values() or key in decided:
            return True
        return any(before in self.seen[computer, name] for computer in actors for name in names_of(key))

    def _contents(self) -> tuple[dict[str, str], set[str]]:
        """The current objects of all projects, and every content that can be had back."""
        s3, bucket = self._site.s3, self._site.home_bucket
        current: dict[str, str] = {}
        self._places = defaultdict(set)
        for row in self._rows("person/projects/"):
            content = self._content(row["Key"], row["ETag"], "")
            current[row["Key"].removeprefix("person/projects/")] = content
            self._places[content].add(row["Key"])
        for row in self._rows("person/.pose-launcher/history/"):
            if "/states/" not in row["Key"]:
                self._places[self._content(row["Key"], row["ETag"], "")].add(row["Key"])
        if self._lists_versions:
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix="person/projects/")
            for row in (row for page in pages for row in page.get("Versions", [])):
                self._places[self._content(row["Key"], row["ETag"], row["VersionId"])].add(row["Key"])
        return current, set(self._places)

    def _rows(self, prefix: str) -> Iterator[dict[str, Any]]:
        pages = self._site.s3.get_paginator("list_objects_v2").paginate(Bucket=self._site.home_bucket, Prefix=prefix)
        yield from (row for page in pages for row in page.get("Contents", []))

    def _content(self, key: str, etag: str, version: str) -> str:
        if (key, etag, version) not in self._read:
            which = {"VersionId": version} if version else {}
            answer = self._site.s3.get_object(Bucket=self._site.home_bucket, Key=key, **which)
            self._read[key, etag, version] = content_of(answer["Body"].read())
        return self._read[key, etag, version]

    # Judging

    def claimed(self, computer: str, project: str, items: Iterable[dict[str, Any]]) -> list[str]:
        """What `status` calls safe must be in the bucket; and from now on it must stay."""
        disk, wrong = self.disks[computer, project], []
        for item in items:
            path = item["path"]
            if item["state"] not in SAFE or path not in disk:
                continue
            content = disk[path]
            if content in self.kept:
                self.must.add(content)
            elif content not in self.excused:
                wrong.append(
                    f"{computer} calls {path} {item['state']!r}, and {self.say(content)} is nowhere in the bucket"
                )
        return wrong

    def manifest(self, project: str) -> list[str]:
        """The list of a project must name every object of it that the program stored, as it is."""
        key = f"person/.pose-launcher/state/{project}.json"
        found = self._site.objects(self._site.home_bucket, key)
        rows = {row["Key"]: row for row in self._rows(f"person/projects/{project}/")}
        if key not in found:
            return [f"{project}: there is no list, and {len(rows)} objects"] if rows else []
        told = json.loads(found[key])
        files, prefix, wrong = told["files"], told["prefix"], []
        for full in sorted(rows):
            path, short = full.removeprefix(prefix), full.removeprefix("person/projects/")
            if self.foreign.get(short) == self.current.get(short):
                continue
            if path not in files and self._is_leftover(short):
                continue
            if path not in files:
                wrong.append(f"the list does not name {path}: {self.say(self.current[short])}")
                continue
            one, etag = files[path], rows[full]["ETag"]
            data = self._site.s3.get_object(Bucket=self._site.home_bucket, Key=full)["Body"].read()
            is_right = one["etag"].strip('"') == etag.strip('"') and one["saved"]["size"] == len(data)
            sha256 = one["saved"]["sha256"]
            if not is_right or (sha256 and sha256 != hashlib.sha256(data).hexdigest()):
                wrong.append(
                    f"the list names {path} otherwise than it is, {self.say(self.current[short])}: {one} {etag}"
                )
        for path in files:
            full = files[path].get("key", prefix + path)
            if full not in rows and full.removeprefix("person/projects/") not in self.deleted:
                wrong.append(f"the list names {path}, which is not there")
        return wrong

    def _is_leftover(self, key: str) -> bool:
        """A copy that a killed save made, and that was not needed in the end: its content is elsewhere, too."""
        return len(names_of(key)) > 1 and len(self._places[self.current[key]]) > 1

    def listed(self, project: str, *, is_whole: bool) -> list[str]:
        """What changed in the list since the last look, and is wrong; `is_whole` after a command that ended well.

        What a command that was killed or failed has stored may be named later.
        """
        key = f"person/.pose-launcher/state/{project}.json"
        found = self._site.objects(self._site.home_bucket, key).get(key)
        there = {
            row["Key"].removeprefix(f"person/projects/{project}/"): row["ETag"].strip('"')
            for row in self._rows(f"person/projects/{project}/")
        }
        before, doubtful = self._listed.get(project, {}), self._doubtful[project]
        if found is None:  # all that there is was stored by a first save that did not come to its end
            doubtful.update(there)
            return []
        told = json.loads(found)
        now = {path: one["etag"].strip('"') for path, one in told["files"].items()}
        wrong = []
        for path, etag in there.items():
            short = f"{project}/{path}"
            if now.get(path) == etag:
                doubtful.discard(path)
            elif not is_whole and self._etags.get(short) != etag:
                doubtful.add(path)
            elif path not in doubtful and self.foreign.get(short) != self.current.get(short):
                wrong.append(
                    f"the list of {project} names {path} as {now.get(path)}, "
                    f"and there is {etag} {self.say(self.current[short])}"
                )
            self._etags[short] = etag
        wrong += [
            f"the list of {project} named {path}, and does not any more"
            for path in sorted((before.keys() & there.keys()) - now.keys() - doubtful)
            if f"{project}/{path}" not in self.foreign
        ]
        self._listed[project] = now
        return wrong

    def state(self, project: str, at: str) -> dict[str, str]:
        """The SHA-256 of every file of a kept state; those in which paths are neutral are left out."""
        found = self._site.objects(self._site.home_bucket, f"person/.pose-launcher/history/{project}/states/")
        states = [json.loads(data) for data in found.values()]
        (files,) = [state["files"] for state in states if state["saved_at"] == at][:1] or [{}]
        return {path: one["saved"]["sha256"] for path, one in files.items() if not path.endswith((".yaml", ".slp"))}

    def leases(self) -> list[str]:
        """Leases that nobody gave back."""
        found = self._site.objects(self._site.home_bucket, "person/.pose-launcher/lease/")
        return [key for key, data in found.items() if not json.loads(data).get("is_over")]

    def say(self, content: str) -> str:
        """A content in words."""
        return f"<{self.names.get(content, '?')} {content}>"
