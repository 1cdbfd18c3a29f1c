"""The real tools save again and again while the saver runs: nothing of theirs is blocked, and nothing arrives torn."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from launcher.runs.environments import Installed
from tests.conftest import Site
from tests.scenario.watching import project_id, save, until, watching

pytestmark = [pytest.mark.tools, pytest.mark.timeout(900)]
OPENFIELD = "openfield-Pranav-2018-10-30"
ROBOT = "small_robot_minimal.slp"
LABELS = "labeled-data/m4s1/CollectedData_Pranav"
#: The tool saves at least so often, and goes on until the saver has been seen at work.
TIMES, ARRIVED = 6, 3
LOOK_EVERY_S = 0.3

#: As SLEAP's "save" does it: the old file goes, the new one is written. Some pauses are long enough to be called quiet.
MOVE_AND_SAVE = """
import itertools, sys, time
from pathlib import Path
import sleap_io
labels = sleap_io.load_slp(sys.argv[1])
for number in itertools.takewhile(lambda n: n < int(sys.argv[3]) or not Path(sys.argv[2]).exists(), itertools.count()):
    labels[0].instances[0].points["xy"][0] = 100.0 + number, 7.0
    sleap_io.save_file(labels, sys.argv[1])
    print(number, flush=True)
    time.sleep((0.2, 3.0)[number % 2])
"""
READ_POINTS = """
import sys
import sleap_io
for file in sys.argv[1:]:
    print(sleap_io.load_slp(file)[0].instances[0].points["xy"][0][0])
"""
#: As DeepLabCut does it: the table in HDF5 and beside it as text, and the settings by its own writer.
LABEL_AND_SET = """
import itertools, sys, time
from pathlib import Path
import pandas
from deeplabcut.utils.auxiliaryfunctions import read_config, write_config
folder, labels = Path(sys.argv[1]), Path(sys.argv[1]) / sys.argv[4]
table = pandas.read_hdf(labels.with_suffix(".h5"))
settings = read_config(folder / "config.yaml")
for number in itertools.takewhile(lambda n: n < int(sys.argv[3]) or not Path(sys.argv[2]).exists(), itertools.count()):
    table.iloc[0, 0] = 100.0 + number
    table.to_csv(labels.with_suffix(".csv"))
    table.to_hdf(labels.with_suffix(".h5"), key="df_with_missing", mode="w")
    settings["numframes2pick"] = 100 + number
    write_config(folder / "config.yaml", settings)
    print(number, flush=True)
    time.sleep((0.2, 3.0)[number % 2])
"""
READ_TABLES = """
import sys
import pandas
for file in sys.argv[1:]:
    read = pandas.read_csv(file, header=[0, 1, 2]) if file.endswith(".csv") else pandas.read_hdf(file)
    assert len(read) == 116, (file, len(read))
    (snout,) = [column for column in read.columns if column[1:] == ("snout", "x")]
    print(read[snout].iloc[0])
"""


def command(tool: Installed, program: str, *arguments: object) -> list[str]:
    return [str(tool.python), "-I", "-c", program, *map(str, arguments)]


def environ() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}


def inside(tool: Installed, program: str, *arguments: object) -> list[str]:
    """The lines that it prints."""
    done = subprocess.run(
        command(tool, program, *arguments), env=environ(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def seen_while(
    site: Site, folder: Path, paths: Sequence[str], tool_at_work: list[str], enough: Path
) -> tuple[dict[str, list[bytes]], int]:
    """Every content of these files that the home bucket held while the tool saved them, the last one at the end; and
    how often the tool saved."""
    seen: dict[str, list[bytes]] = {path: [] for path in paths}
    prefix = f"person/projects/{project_id(folder)}/"

    def look() -> None:
        for path, kept in seen.items():
            data = site.s3.get_object(Bucket=site.home_bucket, Key=prefix + path)["Body"].read()
            if data not in kept:
                kept.append(data)

    with watching(site):
        with subprocess.Popen(tool_at_work, env=environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tool:
            while tool.poll() is None:
                look()
                if all(len(kept) >= ARRIVED for kept in seen.values()):
                    enough.touch()
                time.sleep(LOOK_EVERY_S)
            out, err = tool.communicate()
        assert tool.returncode == 0, err
        until(lambda: all_saved(site, folder), 120)
    look()
    return seen, len(out.split())


def all_saved(site: Site, folder: Path) -> bool:
    (row,) = site.run("status", folder, "--json").json["projects"]
    return bool(row["all_saved"])


def laid_out(folder: Path, contents: Sequence[bytes], suffix: str) -> list[Path]:
    """Each in a file of its own, for the tool to read."""
    files = [folder / f"seen-{number}{suffix}" for number in range(len(contents))]
    for file, data in zip(files, contents, strict=True):
        file.write_bytes(data)
    return files


def bring(site: Site, source: Path, prefix: str, uri: str) -> Path:
    site.upload(source, prefix)
    staged = site.run("stage", f"{site.data_uri}{uri}", "--json", timeout=300)
    assert staged.code == 0, staged.err
    folder = Path(staged.json["dir"])
    save(site, folder)
    return folder


def test_sleap_saves_beside_the_saver(site: Site, sleap: Installed, real_data: Path, tmp_path: Path) -> None:
    folder = bring(site, real_data / "sleap-samples", "flies/", f"flies/{ROBOT}")
    (first,) = inside(sleap, READ_POINTS, folder / ROBOT)
    enough = tmp_path / "enough"
    at_work = command(sleap, MOVE_AND_SAVE, folder / ROBOT, enough, TIMES)
    seen, times = seen_while(site, folder, [ROBOT], at_work, enough)
    points = inside(sleap, READ_POINTS, *laid_out(tmp_path, seen[ROBOT], ".slp"))
    whole = [first, *(str(100.0 + number) for number in range(times))]
    assert set(points) <= set(whole), "each that arrived is one that SLEAP had written to its end"
    assert points[-1] == whole[-1]


def test_deeplabcut_labels_beside_the_saver(site: Site, deeplabcut: Installed, real_data: Path, tmp_path: Path) -> None:
    folder = bring(site, real_data / OPENFIELD, f"lab/{OPENFIELD}/", f"lab/{OPENFIELD}/")
    tables = [f"{LABELS}.h5", f"{LABELS}.csv"]
    (first,) = inside(deeplabcut, READ_TABLES, folder / tables[0])
    enough = tmp_path / "enough"
    at_work = command(deeplabcut, LABEL_AND_SET, folder, enough, TIMES, LABELS)
    seen, times = seen_while(site, folder, [*tables, "config.yaml"], at_work, enough)
    written = [100.0 + number for number in range(times)]
    for path in tables:
        files = laid_out(tmp_path, seen[path], Path(path).suffix)
        values = [float(text) for text in inside(deeplabcut, READ_TABLES, *files)]
        assert set(values) <= {float(first), *written}, f"{path} arrived as DeepLabCut never wrote it"
        assert values[-1] == written[-1]
    settings = [yaml.safe_load(data) for data in seen["config.yaml"]]
    assert {row["numframes2pick"] for row in settings[1:]} <= {100 + number for number in range(times)}
    assert settings[-1]["numframes2pick"] == 100 + times - 1
    assert len({len(row) for row in settings[1:]}) == 1, "no settings are cut off"
