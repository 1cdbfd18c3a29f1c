"""What saving decides about one file from three trees, and what comes of it when two computers save one project."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from launcher.config.rules import KEY_BYTES
from launcher.journal import Item, Origin, Saved, Stat, State, StoredItem
from launcher.journal.manifest import Manifest, parse_manifest
from launcher.journal.records import ProjectRecord
from launcher.journal.rows import item_row
from launcher.saving.changes import side_by_side
from launcher.saving.conflict_names import conflict_path, original_of
from launcher.saving.fingerprints import Fingerprints
from launcher.saving.known import Known, copy_left_behind
from launcher.saving.manifest_writing import Moment, write_whole
from launcher.saving.plan import Rules
from launcher.saving.recovery import as_recovered
from launcher.saving.status import project_status
from launcher.saving.three_trees import Action, Decision, decide, is_news
from launcher.storage.long_text import LongText
from launcher.storage.uri import S3Uri
from launcher.tools import tool
from tests.unit.saving.whole_plan import plan_save

HOME = "s3://lab-home/ann/"
PREFIX = "ann/projects/p-1/"
MOMENT = datetime(2026, 1, 31, 14, 5, tzinfo=UTC)
KIND = tool("deeplabcut")
RECORD = ProjectRecord("p-1", "s3://lab-data/p/", "p", "deeplabcut", "config.yaml", Path("/p"), f"{HOME}projects/p-1/")


def saved(content: str, etag: str = "e1") -> Saved:
    return Saved("k", etag, None, 1, content, content, content)


def staged(content: str) -> Origin:
    return Origin("s3://lab-data/p/a.csv", "d", None, 1, content, content)


@pytest.mark.parametrize(
    ("item", "theirs", "is_reference", "action"),
    [
        (Item("a", None, "A"), None, False, Action.SEND),
        (Item("a", None, "A", saved=saved("A")), None, False, Action.NOTHING),
        (Item("a", None, "B", saved=saved("A")), None, False, Action.SEND),
        (Item("a", None, "B", saved=saved("A")), saved("C"), False, Action.SEND),
        (Item("a", None, "A", copy=saved("A")), saved("C"), False, Action.NOTHING),
        (Item("a", None, "A", saved=saved("A"), copy=saved("B")), None, False, Action.SEND),
        (Item("a", None, "A"), saved("A"), False, Action.CLAIM),
        (Item("a", None, "A"), saved("C"), False, Action.KEEP_BESIDE),
        (Item("a", None, "A", origin=staged("A")), saved("C"), False, Action.LEAVE),
        (Item("a", None, "B", origin=staged("A")), saved("C"), False, Action.KEEP_BESIDE),
        (Item("a", None, "A", origin=staged("A"), copy=saved("B")), saved("C"), False, Action.KEEP_BESIDE),
        (Item("a", None, "B", origin=staged("A")), saved("A"), False, Action.SEND),
        (Item("a", None, "B", origin=staged("A"), copy=saved("C")), saved("A"), False, Action.KEEP_BESIDE),
        (Item("a", None, "A", origin=staged("A")), None, True, Action.REFER),
        (Item("a", None, "B", origin=staged("A"), saved=saved("A")), None, False, Action.SEND),
    ],
)
def test_one_file(item: Item, theirs: Saved | None, is_reference: bool, action: Action) -> None:
    sums = {"crc64nvme": item.crc64nvme, "size": 1}
    found = decide(item, theirs, **sums, is_labs=item.is_as_staged, is_reference=is_reference)  # type: ignore[arg-type]
    assert found.action is action
    if action is Action.SEND:
        assert found.seen == (item.saved or theirs), "only what we saw ourselves may be replaced"


def test_what_was_brought_from_the_home_prefix_and_is_lost_there_is_not_left_alone() -> None:
    """Nobody else may have it any more, while the lab goes on to have what came from there."""
    item = Item("a", None, "A", origin=staged("A")._replace(uri=f"{HOME}projects/p-1/a"))
    found = decide(item, saved("C"), crc64nvme="A", size=1, is_labs=False, is_reference=False)
    assert found.action is Action.KEEP_BESIDE


CONTENTS = st.sampled_from("ABC")
#: Of a size that nothing known has.
OTHER = {"crc64nvme": "D", "size": 2}
SAVED = st.none() | st.builds(saved, CONTENTS, st.sampled_from(["e1", "e2"]))
ITEMS = st.builds(
    Item, st.just("a.csv"), st.none(), CONTENTS, st.just(""), st.none() | st.builds(staged, CONTENTS), SAVED,
    st.sampled_from(list(State)), copy=SAVED,
)  # fmt: skip


@given(ITEMS, SAVED, st.booleans())
@settings(max_examples=500)
def test_news_are_sent_whatever_they_turn_out_to_be(item: Item, theirs: Saved | None, is_a_video: bool) -> None:
    assert not is_news(item, theirs, 1) or (item.saved, item.origin, theirs) == (None, None, None)
    changed = item._replace(crc64nvme="D")
    is_labs = changed.is_as_staged
    found = decide(changed, theirs, **OTHER, is_labs=is_labs, is_reference=is_a_video and is_labs)  # type: ignore[arg-type]
    if is_news(item, theirs, 2):
        assert (found.action, found.seen) == (Action.SEND, item.saved)


@given(ITEMS, SAVED, st.booleans(), st.booleans())
@settings(max_examples=500)
def test_nothing_unseen_is_ever_replaced_and_nothing_new_is_ever_called_saved(
    item: Item, theirs: Saved | None, is_from_lab: bool, is_reference: bool
) -> None:
    is_labs = is_from_lab and item.is_as_staged
    sums = {"crc64nvme": item.crc64nvme, "size": 1, "is_labs": is_labs, "is_reference": is_reference}
    found = decide(item, theirs, **sums)  # type: ignore[arg-type]
    assert decide(item, theirs, **sums) == found  # type: ignore[arg-type]
    in_home = {one.crc64nvme for one in (item.saved, item.copy, theirs) if one is not None}
    if found.action in (Action.NOTHING, Action.CLAIM):
        assert item.crc64nvme in in_home
    if found.action is Action.SEND and found.seen != item.saved:
        assert item.saved is None and found.seen == theirs
        assert item.origin is not None and theirs is not None
        assert item.origin.crc64nvme == theirs.crc64nvme, "these very bytes were brought here"
    elif found.action is Action.SEND:
        assert theirs is None or item.saved is not None
    if found.action is Action.REFER:
        assert is_reference and item.saved is None
    if found.action is Action.LEAVE:
        assert is_labs


# Two computers


class PreconditionFailedError(Exception):
    pass


@dataclass
class Bucket:
    """A bucket with conditional writes; what is replaced on purpose goes to the history first, as the engine does."""

    objects: dict[str, tuple[str, str]] = field(default_factory=dict)
    history: set[str] = field(default_factory=set)
    sent: set[tuple[str, str, str]] = field(default_factory=set)
    manifest: tuple[Manifest, str] | None = None
    count: int = 0
    #: What machines had stored, of which no list knew when they were gone.
    left_behind: set[tuple[str, tuple[str, str]]] = field(default_factory=set)

    def put(self, key: str, content: str, replaces: str | None) -> str:
        there = self.objects.get(key)
        if (there[0] if there else None) != replaces:
            if there is not None and there[1] == content:
                return there[0]  # the same bytes: a lost answer, or luck
            raise PreconditionFailedError
        self.count += 1
        self.objects[key] = (f"e{self.count}", content)
        return f"e{self.count}"

    @property
    def contents(self) -> set[str]:
        """The lab's, too: nobody deletes those."""
        return {content for _, content in self.objects.values()} | self.history | {"lab"}


@dataclass
class Computer:
    name: str
    disk: dict[str, tuple[str, int]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    manifest_etag: str | None = None
    is_due: bool = True
    clock: int = 0
    #: What was ever on its disk.
    had: set[str] = field(default_factory=set)
    before: dict[str, list[str]] = field(default_factory=dict)
    #: Our own versions of files that others saved since, as the copy of the last state in the folder remembers them.
    older: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, content: str) -> None:
        self.clock += 1
        self.disk[path] = (content, self.clock)
        self.had.add(content)
        self.before.setdefault(path, []).append(content)

    def put_back(self, path: str) -> None:
        """What was there before the last change."""
        if path in self.disk and len(self.before[path]) > 1:
            self.write(path, self.before[path][-2])

    def delete(self, path: str) -> None:
        """An emptied folder is not saved at all."""
        if len(self.disk) > 1:
            self.disk.pop(path, None)

    def bring(self, bucket: Bucket) -> None:
        """As staging from the home prefix does it; what is on disk stays."""
        if not bucket.objects or self.disk:
            return
        listed = {}
        if bucket.manifest is not None:
            manifest, self.manifest_etag = bucket.manifest
            listed = {file.key: file.etag for file in manifest.files.values()}
        for key, (etag, content) in bucket.objects.items():
            path = key.removeprefix(PREFIX)
            self.write(path, content)
            kept = Saved(key, etag, None, 1, content, content, content)
            self.items[path] = Item(path, self.here[path], content, content, saved=kept)
        bucket.left_behind -= set(bucket.objects.items())
        self.is_due = self.is_due or listed != {key: etag for key, (etag, _) in bucket.objects.items()}

    def be_replaced(self, bucket: Bucket) -> None:
        """The machine is destroyed, and another one takes its place."""
        listed = {file.key: file.etag for file in bucket.manifest[0].files.values()} if bucket.manifest else {}
        ours = {key for name, key, _ in bucket.sent if name == self.name} | {PREFIX + path for path in self.items}
        bucket.left_behind |= {
            (key, bucket.objects[key])
            for key in ours & bucket.objects.keys()
            if listed.get(key) != bucket.objects[key][0]
        }
        bucket.sent = {one for one in bucket.sent if one[0] != self.name}
        self.disk, self.items, self.had, self.before, self.older = {}, {}, set(), {}, {}
        self.manifest_etag, self.is_due = None, True

    def bring_from_the_lab(self) -> None:
        """As staging from a data bucket does it; what is on disk stays."""
        for path in () if self.disk else LAB:
            self.write(path, "lab")
            self.items[path] = Item(path, self.here[path], "lab", "lab", staged("lab"))

    @property
    def here(self) -> dict[str, Stat]:
        return {path: Stat(1, version, version, 1) for path, (_, version) in self.disk.items()}

    def says_all_saved(self) -> bool:
        """What `status` tells the person."""
        items = [StoredItem(item_row(item)) for _, item in sorted(self.items.items())]
        files = side_by_side(items, sorted(self.here.items()))
        row = project_status(RECORD, files, {}, Rules(KIND, (), HOME), is_recorded=not self.is_due)
        return bool(row["all_saved"])

    def save(self, bucket: Bucket, killed_after: int | None = None) -> list[tuple[str, Action]]:
        """The engine's steps, with a bucket that is a dictionary; what was done. A kill is after so many puts."""
        self._recover(bucket)
        plan = plan_save(self.items, self.here, KIND, (), HOME)
        earlier = bucket.manifest[0] if bucket.manifest and self.manifest_etag in (None, bucket.manifest[1]) else None
        known = Known(self.items, Fingerprints.of(self.here), dict(earlier.files) if earlier else {})
        self.is_due = self.is_due or bool(plan.upload)
        done = []
        for number, path in enumerate(plan.upload):
            before = dict(self.items)
            done.append((path, self._save_one(bucket, known, path)))
            if number == killed_after:  # the server has it, and the journal never heard of it
                self.items = before
                return done
        if killed_after is None and self.is_due and self.disk:
            self._write_manifest(bucket, known)
            self.is_due = False
            bucket.sent = {one for one in bucket.sent if one[0] != self.name}
        return done

    def _recover(self, bucket: Bucket) -> None:
        """What a killed save of ours had stored is known before anything is planned."""
        for _, key, content in sorted(one for one in bucket.sent if one[0] == self.name):
            path, (etag, there) = key.removeprefix(PREFIX), bucket.objects.get(key, ("", ""))
            original = original_of(path)
            item = self.items.get(original or path, Item(original or path, None, ""))
            known = item.copy if original else item.saved
            if there == content and (known is None or known.etag != etag):
                stored = Saved(key, etag, None, 1, content, content, content)
                self.items[item.path] = as_recovered(item, stored, is_copy=original is not None)
                self.is_due = True

    def _save_one(self, bucket: Bucket, known: Known, path: str) -> Action:
        content = self.disk[path][0]
        before = known.item(path)
        item = before._replace(stat=self.here[path], crc64nvme=content, sha256=content)
        if before.is_left:
            item = item._replace(saved=None)
        is_labs = item.is_as_staged
        found = decide(item, known.their_saved(path), crc64nvme=content, size=1, is_labs=is_labs, is_reference=False)
        self._do(bucket, item, found)
        copy = copy_left_behind(before, self.items[path], S3Uri.parse(RECORD.home))
        if copy is not None:
            self.items.setdefault(copy.path, copy)
        return found.action

    def _do(self, bucket: Bucket, item: Item, found: Decision) -> None:
        path, content, key = item.path, item.crc64nvme, PREFIX + item.path
        if found.action is Action.SEND:
            try:
                self._send(bucket, item, key, found.seen)
            except PreconditionFailedError:
                self._keep_beside(bucket, item)
        elif found.action is Action.CLAIM and found.seen is not None:
            kept = found.seen._replace(local_crc64nvme=content)
            self.items[path] = item._replace(saved=kept, copy=None, state=State.SAVED)
        elif found.action is Action.KEEP_BESIDE:
            self._keep_beside(bucket, item)
        elif found.action is Action.LEAVE:
            self.items[path] = item.left_for(found.seen)
        else:
            self.items[path] = item._replace(state=State.SAVED)

    def _send(self, bucket: Bucket, item: Item, key: str, seen: Saved | None) -> None:
        assert seen is None or seen.crc64nvme in self.had, "what was never here is not replaced"
        if seen is not None and bucket.objects.get(key, ("", ""))[0] == seen.etag:
            bucket.history.add(seen.crc64nvme)
        etag = self._put(bucket, key, item.crc64nvme, seen.etag if seen else None)
        kept = Saved(key, etag, None, 1, item.crc64nvme, item.crc64nvme, item.crc64nvme)
        self.items[item.path] = item._replace(saved=kept, copy=None, state=State.SAVED)

    def _put(self, bucket: Bucket, key: str, content: str, replaces: str | None) -> str:
        """What a killed save of ours stored is known by its intent, and replaced."""
        bucket.sent.add((self.name, key, content))
        try:
            return bucket.put(key, content, replaces)
        except PreconditionFailedError:
            etag, there = bucket.objects.get(key, ("", ""))
            if (self.name, key, there) not in bucket.sent:
                raise
            bucket.history.add(there)
            return bucket.put(key, content, etag)

    def _keep_beside(self, bucket: Bucket, item: Item) -> None:
        if item.copy is not None and bucket.objects[item.copy.key][0] == item.copy.etag:
            key = item.copy.key
            bucket.history.add(item.copy.crc64nvme)
            etag = self._put(bucket, key, item.crc64nvme, item.copy.etag)
        else:
            key, etag = self._put_beside(bucket, item)
        copy = Saved(key, etag, None, 1, item.crc64nvme, item.crc64nvme, item.crc64nvme)
        self.items[item.path] = item._replace(copy=copy, state=State.SAVED)

    def _put_beside(self, bucket: Bucket, item: Item) -> tuple[str, str]:
        taken = set(self.disk)
        while True:
            path = conflict_path(item.path, MOMENT, self.name, taken, KEY_BYTES)
            taken.add(path)
            try:
                return PREFIX + path, self._put(bucket, PREFIX + path, item.crc64nvme, None)
            except PreconditionFailedError:
                continue

    def _write_manifest(self, bucket: Bucket, known: Known) -> None:
        saved = {path: item.saved.etag for path, item in self.items.items() if item.saved is not None}
        only_theirs = {path for path, etag in self.older.items() if saved.get(path) == etag}
        if bucket.manifest is not None and bucket.manifest[1] != self.manifest_etag:
            theirs = bucket.manifest[0].files
            known = replace(known, theirs=theirs)
            only_theirs = {
                path
                for path, item in self.items.items()
                if item.saved is not None and path in theirs and bucket.objects[PREFIX + path][0] == theirs[path].etag
            }
        at = "2026-01-31T14:05:00.000Z"
        items = [self.items[path] for path in sorted(self.items)]
        beside = [item for item in items if item.copy is not None]
        copies = {item.copy.key.removeprefix(PREFIX): item.copy.etag for item in beside if item.copy is not None}
        only_theirs |= {path for path, etag in copies.items() if saved.get(path, etag) != etag}
        with LongText() as text:
            write_whole(text, RECORD, Moment(at, "s", self.name), known, items, beside, (), only_theirs)
            written = parse_manifest(text.whole(), "the bucket")
        bucket.count += 1
        self.manifest_etag = f"m{bucket.count}"
        self.older = {path: saved[path] for path in only_theirs}
        bucket.manifest = (written, self.manifest_etag)


LAB = ("config.yaml", "notes.txt")
PATHS = st.sampled_from(["config.yaml", "labeled-data/m/CollectedData_Ann.csv", "notes.txt"])
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["write", "save", "killed", "bring", "lab", "back", "delete", "gone"]),
        PATHS,
        CONTENTS,
    ),
    min_size=1,
    max_size=25,
)


def played(steps: list[tuple[int, str, str, str]]) -> tuple[Bucket, list[Computer], list[object]]:
    """Whatever two people do; the contents in the bucket are looked at after each save."""
    bucket, computers, log = Bucket(), [Computer("ann"), Computer("ben")], list[object]()
    for who, what, path, content in steps:
        computer, before = computers[who], bucket.contents
        if what == "write":
            computer.write(path, f"{content}-{who}-{len(log)}")  # as good as never the same bytes
        elif what == "back":
            computer.put_back(path)
        elif what == "delete":
            computer.delete(path)
        elif what == "gone":
            computer.be_replaced(bucket)
        elif what == "bring":
            computer.bring(bucket)
        elif what == "lab":
            computer.bring_from_the_lab()
        elif what == "killed":
            log.append(computer.save(bucket, killed_after=len(log) % 3))
        else:
            log.append(computer.save(bucket))
            assert {content for content, _ in computer.disk.values()} <= bucket.contents, "what was saved is there"
        assert before <= bucket.contents, "no content is ever lost"
        for one in computers:
            if one.disk and one.says_all_saved():
                assert {content for content, _ in one.disk.values()} <= bucket.contents, "it never says so too early"
        log.append(what)
    return bucket, computers, log


def check(steps: list[tuple[int, str, str, str]]) -> None:
    bucket, computers, log = played(steps)
    assert played(steps)[2] == log, "the same input, the same output"
    for _ in range(2):
        for computer in computers:
            before = bucket.contents
            computer.save(bucket)
            assert before <= bucket.contents
    objects = dict(bucket.objects)
    assert [computer.save(bucket) for computer in computers] == [[], []], "nothing is left to do"
    assert bucket.objects == objects
    in_sight = {content for _, content in objects.values()}
    for computer in computers:
        for path, (content, _) in computer.disk.items():
            mine = computer.items[path]
            assert content in in_sight or mine.saved is not None, "kept, or replaced by somebody who had seen it"
    if bucket.manifest is not None:
        manifest = {file.key: (file.etag, file.saved.crc64nvme) for file in bucket.manifest[0].files.values()}
        # What a machine left behind that nobody brought again is known to nobody.
        unknown = {
            key for key, told in objects.items() if (key, told) in bucket.left_behind and manifest.get(key) != told
        }
        assert {key: told for key, told in manifest.items() if key not in unknown} == {
            key: told for key, told in objects.items() if key not in unknown
        }, "it says what is there"


#: The first computer saves twice, between and after which the second has nothing to save but its list.
LIST_OF_ANOTHER = [(1, "write", "notes.txt", "A"), (1, "save", "notes.txt", "A"), (0, "bring", "notes.txt", "A"),
                   (1, "write", "notes.txt", "A"), (1, "save", "notes.txt", "A"), (0, "save", "notes.txt", "A"),
                   (0, "write", "config.yaml", "A")]  # fmt: skip


#: The second computer finds out that what it has from the lab is older than what the first saved, and works on it.
OLDER_WORKED_ON = [(0, "lab", "notes.txt", "A"), (1, "lab", "notes.txt", "A"), (0, "write", "notes.txt", "A"),
                   (0, "save", "notes.txt", "A"), (1, "save", "notes.txt", "A"), (1, "write", "notes.txt", "B"),
                   (1, "save", "notes.txt", "A")]  # fmt: skip


@given(STEPS)
@settings(max_examples=500, deadline=None)
@example(OLDER_WORKED_ON)
@example(LIST_OF_ANOTHER)
@example([(0, "write", "notes.txt", "A"), (0, "save", "notes.txt", "A"), (1, "write", "notes.txt", "B"),
          (1, "save", "notes.txt", "A"), (1, "write", "notes.txt", "C"), (1, "save", "notes.txt", "A")])  # fmt: skip
def test_two_computers_lose_nothing_and_come_to_rest(steps: list[tuple[int, str, str, str]]) -> None:
    check(steps)


@pytest.mark.long
@pytest.mark.timeout(3600)
@given(STEPS)
@settings(max_examples=20_000, deadline=None)
def test_two_computers_lose_nothing_and_come_to_rest_at_length(steps: list[tuple[int, str, str, str]]) -> None:
    check(steps)
