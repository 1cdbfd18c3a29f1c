"""A save that finds nothing to send loads nothing that speaks to a server, and the next one not even a database.

To load a library takes as long as to look at thousands of files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from launcher.journal import Item, Journal, ProjectRecord, Saved
from launcher.journal.identity import identity_of
from launcher.projects.local_files import stat_of
from launcher.projects.whose import CORNER, MARKER

_PROGRAM = """
import json, sys
from pathlib import Path
import launcher.cli.save, launcher.desk.keeping
from launcher.config.site import S3Settings
from launcher.journal import Journal, ProjectRecord
from launcher.projects.local_files import stat_of
from launcher.projects.whose import CORNER, MARKER
from launcher.journal import Item, Saved
from launcher.saving.save import Saver, SaveReport
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri

folder = Path(sys.argv[1])
(folder / CORNER).mkdir()
(folder / CORNER / MARKER).write_text("{}")
(folder / "notes.txt").write_text("saved a while ago")
record = ProjectRecord("p", "s3://lab/p/", "p", "deeplabcut", "config.yaml", folder, "s3://home/p/", manifest_etag="e")
saved = Saved("p/notes.txt", "e", None, 17, "crc", "sha", "crc")
with Journal(folder.parent / "journal.sqlite") as journal, Store(S3Settings()) as store:
    journal.put_project(record)
    journal.put_items("p", [Item("notes.txt", stat_of(folder / "notes.txt"), "crc", "sha", saved=saved)])
    report = SaveReport("p", record.home)
    Saver(store, None, journal, home=S3Uri.parse("s3://home/"), session="s").save(record, report)
print(json.dumps({"unchanged": report.unchanged, "loaded": sorted(sys.modules)}))
"""


def test_it_loads_no_client_of_a_server(tmp_path: Path) -> None:
    (folder := tmp_path / "project").mkdir()
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(folder)], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["unchanged"] == 1
    clients = {"urllib3", "pycurl", "awscrt", "boto3", "botocore", "launcher.storage.http", "launcher.saving.one_save"}
    assert clients.isdisjoint(told["loaded"])


_COMMAND = """
import json, sys
from launcher.cli.main import main
code = main(sys.argv[1:])
print(json.dumps({"code": code, "loaded": sorted(sys.modules)}))
"""


def _save(state: Path, site: Path, folder: Path) -> tuple[dict[str, object], set[str]]:
    words = ["--state-dir", str(state), "--site", str(site), "save", str(folder), "--json"]
    done = subprocess.run([sys.executable, "-c", _COMMAND, *words], capture_output=True, text=True, check=True)
    report, told = map(json.loads, done.stdout.splitlines())
    assert told["code"] == 0
    return report, set(told["loaded"])


def test_the_next_one_opens_neither_journal_nor_catalogue(tmp_path: Path) -> None:
    state, folder, site = tmp_path / "state", tmp_path / "project", tmp_path / "site.toml"
    site.write_text('[home]\nuri = "s3://home/"\n')
    (folder / CORNER).mkdir(parents=True)
    (folder / CORNER / MARKER).write_text("{}")
    (folder / "notes.txt").write_text("saved a while ago")
    record = ProjectRecord("p", "s3://lab/p/", "p", "deeplabcut", "config.yaml", folder, "s3://home/p/")
    saved = Saved("p/notes.txt", "e", None, 17, "crc", "sha", "crc")
    with Journal(state / "journal.sqlite") as journal:
        journal.writer("us")
        journal.put_fact("looked for projects", "yes")
        journal.put_project(replace(record, manifest_etag="e"))
        journal.put_items("p", [Item("notes.txt", stat_of(folder / "notes.txt"), "crc", "sha", saved=saved)])
    until = time.monotonic() + 30
    while not identity_of(state / "journal.sqlite"):
        assert time.monotonic() < until
        time.sleep(0.02)
    first, loaded = _save(state, site, folder)
    assert {"sqlite3", "pydantic"} <= loaded
    assert loaded.isdisjoint({"psutil", "launcher.storage.mount_rules"})  # the folders are in their places
    again, loaded = _save(state, site, folder)
    assert {**again, "seconds": 0} == {**first, "seconds": 0}
    assert again["unchanged"] == 1
    assert loaded.isdisjoint({"sqlite3", "pydantic", "filelock", "tomllib", "secrets", "socket", "subprocess"})
