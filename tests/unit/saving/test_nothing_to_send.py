"""A save that finds nothing to send loads nothing that speaks to a server: that would be a fifth of its time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import json, sys
from pathlib import Path
import launcher.cli.save, launcher.desk.keeping
from launcher.config.site import S3Settings
from launcher.journal import Journal, ProjectRecord
from launcher.projects.local_files import CORNER, MARKER, stat_of
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
