"""Which files of a project are said to run code, looked into as the parser does; nothing here is ever unpickled."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from launcher.projects.parsing import Parsers
from launcher.tools import TOOLS
from launcher.tools.carriers import (
    CHECKPOINT,
    FUNCTION,
    OBJECTS,
    PICKLE,
    SNAPSHOT,
    UNPROTECTED,
    UNREADABLE,
    code_carried,
    may_carry_code,
)
from launcher.tools.pickled import may_run_code
from launcher.tools.running import CodeCarrier
from tests.unit.tools.made_projects import CONFIG, CSV, DATA, files, pandas_h5, slp

TRAIN = "dlc-models-pytorch/iteration-0/p-trainset80shuffle1/train"


class Boom:
    """Unpickling it would fail the test run with words that are hard to miss."""

    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('somebody unpickled this')",))


BOOM = pickle.dumps(Boom())


def why(file: Path) -> list[str]:
    return [found.why for found in code_carried(file, file.name)]


@pytest.mark.parametrize(
    "path",
    [
        "training-datasets/iteration-0/x/Documentation_data-x_80shuffle1.pickle",
        "videos/m1DLC_full.PICKLE",
        "videos/m1DLC_full.pickle.db",
        "notes/x.pkl.gz",
        "x.joblib",
    ],
)
def test_pickles_are_known_by_their_names(path: str, tmp_path: Path) -> None:
    assert may_carry_code(path)
    assert code_carried(tmp_path / "not even there", path) == (CodeCarrier(path, PICKLE),)


@pytest.mark.parametrize(
    "path",
    ["config.yaml", "a.slp", "videos/pickle.mp4", "labeled-data/pickle/img1.png", "train.mat", "pickle", "a.csv"],
)
def test_other_files_need_no_look(path: str) -> None:
    assert not may_carry_code(path)
    assert code_carried(Path("/nowhere"), path) == ()


def test_a_checkpoint_is_a_pickle_inside(tmp_path: Path) -> None:
    assert why(files(tmp_path, {"models/r/best.ckpt": b"PK"}) / "models/r/best.ckpt") == [CHECKPOINT]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("runner:\n  load_weights_only: false\n", [UNPROTECTED]),
        ("runner: {snapshots: {deeper: {load_weights_only: 'no'}}}\n", [UNPROTECTED]),
        ("- runner: {load_weights_only: 0}\n", [UNPROTECTED]),
        ("runner:\n  load_weights_only: true\n", []),
        ("runner:\n  load_weights_only:\n", []),
        ("runner: {}\n", []),
        ("", []),
        ("runner: [", [UNREADABLE]),
        ("runner: !!python/object/apply:os.system ['x']\n", [UNREADABLE]),
    ],
)
def test_a_networks_protection(config: str, expected: list[str], tmp_path: Path) -> None:
    file = files(tmp_path, {"pytorch_config.yaml": config}) / "pytorch_config.yaml"
    assert why(file) == expected


def test_snapshots_matter_only_without_protection(tmp_path: Path) -> None:
    files(tmp_path, {f"{TRAIN}/snapshot-10.pt": b"x", f"{TRAIN}/pytorch_config.yaml": "runner: {}"})
    assert why(tmp_path / TRAIN / "snapshot-10.pt") == []
    files(tmp_path, {f"{TRAIN}/pytorch_config.yaml": "runner: {load_weights_only: false}"})
    assert why(tmp_path / TRAIN / "snapshot-10.pt") == [SNAPSHOT]
    (tmp_path / TRAIN / "pytorch_config.yaml").unlink()
    assert why(tmp_path / TRAIN / "snapshot-10.pt") == []


def test_ordinary_label_tables_are_clean(tmp_path: Path) -> None:
    pandas_h5(tmp_path / "CollectedData_Ada.h5", [[1.0, 2.0]], pickle.dumps([("Ada", "paw", "x")], protocol=0))
    assert why(tmp_path / "CollectedData_Ada.h5") == []
    assert why(DATA / "openfield-Pranav-2018-10-30/labeled-data/m4s1/CollectedData_Pranav.h5") == []


@pytest.mark.parametrize(
    "attribute", [BOOM, pickle.dumps(Boom(), protocol=0), b"cos\nsystem\n(S'x'\ntR.", b"(lp0\n\xff."]
)
def test_a_table_whose_names_are_more_than_names(attribute: bytes, tmp_path: Path) -> None:
    pandas_h5(tmp_path / "labels.h5", [[1.0, 2.0]], attribute)
    assert why(tmp_path / "labels.h5") == [OBJECTS]


def test_words_that_end_with_a_full_stop_are_no_pickle(tmp_path: Path) -> None:
    pandas_h5(tmp_path / "labels.h5", [[1.0, 2.0]], b"Recorded by Ada, in January.")
    assert why(tmp_path / "labels.h5") == []


def test_rows_of_objects(tmp_path: Path) -> None:
    for name, row, expected in (("bad", BOOM, [OBJECTS]), ("plain", pickle.dumps([1, "a"]), []), ("none", b"", [])):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            rows = file.create_dataset("rows", (1,), dtype=h5py.vlen_dtype(np.uint8))
            rows[0] = np.frombuffer(row, np.uint8)
            rows.attrs["PSEUDOATOM"] = np.bytes_("object")
        assert why(tmp_path / f"{name}.h5") == expected


def test_a_network_with_its_own_function(tmp_path: Path) -> None:
    for name, layer, expected in (("f", "Lambda", [FUNCTION]), ("c", "Conv2D", [])):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file.attrs["model_config"] = json.dumps({"config": {"layers": [{"class_name": layer}]}})
        assert why(tmp_path / f"{name}.h5") == expected


def test_tables_that_cannot_be_looked_into_count(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "out.h5", "w") as file:
        file["x"] = h5py.ExternalLink("/etc/passwd", "/")
    files(tmp_path, {"cut.h5": (tmp_path / "out.h5").read_bytes()[:200], "empty.h5": b"", "text.h5": b"hello"})
    assert [why(tmp_path / name) for name in ("out.h5", "cut.h5", "empty.h5", "text.h5")] == [[UNREADABLE]] * 4


def test_arrays(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "metrics.val.0.npz", loss=np.zeros(3), metrics=objects)
    np.savez_compressed(tmp_path / "plain.npz", loss=np.zeros(3), names=np.array(["a"]))
    np.save(tmp_path / "one.npy", objects)
    np.save(tmp_path / "two.npy", np.zeros(3))
    np.save(tmp_path / "fields.npy", np.zeros(1, dtype=[("a", "f4"), ("b", "O")]))
    named = ("metrics.val.0.npz", "plain.npz", "one.npy", "two.npy", "fields.npy")
    assert [why(tmp_path / name) for name in named] == [[OBJECTS], [], [OBJECTS], [], [OBJECTS]]


def test_a_bare_pickle_under_the_name_of_an_array(tmp_path: Path) -> None:
    files(tmp_path, {"metrics.train.0.npz": BOOM})  # NumPy takes it for what it is
    assert why(tmp_path / "metrics.train.0.npz") == [OBJECTS]


def test_one_name_twice_in_an_archive_of_arrays(tmp_path: Path) -> None:
    objects, numbers = io.BytesIO(), io.BytesIO()
    np.save(objects, np.array([None], dtype=object))
    np.save(numbers, np.zeros(2))
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
        archive.writestr("a.npy", objects.getvalue())
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.npy", numbers.getvalue())
    assert why(tmp_path / "m.npz") == [OBJECTS]


def test_damaged_arrays_count(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", a=np.zeros(3))
    whole = (tmp_path / "m.npz").read_bytes()
    files(
        tmp_path,
        {"cut.npz": whole[:-30], "odd.npy": b"\x93NUMPY\x01\x00\x05\x00{'x':", "huge.npy": b"\x93NUMPY\x09\x09"},
    )
    assert [why(tmp_path / name) for name in ("cut.npz", "odd.npy", "huge.npy")] == [[UNREADABLE]] * 3


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_plain_values_are_told_from_others(protocol: int) -> None:
    plain = [None, True, 1, 2**80, 1.5, "a", "ä", {"k": [("x", 1)]}, frozenset({"z"} if protocol > 3 else ())]
    assert not may_run_code(pickle.dumps(plain[:-1] if protocol < 4 else plain, protocol))
    assert may_run_code(pickle.dumps([1, Boom()], protocol))
    assert may_run_code(pickle.dumps([1, len], protocol))


def test_the_parser_process_looks_for_every_tool(tmp_path: Path) -> None:
    files(
        tmp_path,
        {"a.pickle": BOOM, "best.ckpt": BOOM, "m.npz": BOOM, "cut.h5": b"x", "config.yaml": CONFIG, "l.csv": CSV},
    )
    slp(tmp_path / "a.slp")
    pandas_h5(tmp_path / "good.h5", [[1.0]])
    pandas_h5(tmp_path / "bad.h5", [[1.0]], BOOM)
    asked = [(file, file.name) for file in sorted(tmp_path.iterdir())]
    with Parsers(1) as parsers:
        for kind in TOOLS:
            found = {carrier.path: carrier.why for carrier in parsers.carriers(kind.tool_id, asked)}
            assert found == {
                "a.pickle": PICKLE, "bad.h5": OBJECTS, "best.ckpt": CHECKPOINT, "cut.h5": UNREADABLE, "m.npz": OBJECTS,
            }  # fmt: skip
