"""All points of a file, as its tool wrote them, read in the parser process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from launcher.errors import Damaged
from launcher.projects.parsing import Parsers
from launcher.tools.plain_pickle import plain_value
from launcher.tools.poses import Kind
from tests.unit.tools.made_projects import pandas_h5, slp

LABELS = "openfield-Pranav-2018-10-30/labeled-data/m4s1/CollectedData_Pranav"


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(1) as parsers:
        yield parsers


def test_both_forms_of_a_table_and_the_same_labels_of_sleap_agree(parsers: Parsers, real_data: Path) -> None:
    h5 = parsers.poses("deeplabcut", real_data / f"{LABELS}.h5", Kind.LABELS)
    csv = parsers.poses("deeplabcut", real_data / f"{LABELS}.csv", Kind.LABELS)
    slp = parsers.poses("sleap", real_data / "origin-2023/sleap-mouse-topview/labels.fromdlc.slp", Kind.LABELS)
    assert h5.parts == csv.parts == slp.parts == ("snout", "leftear", "rightear", "tailbase")
    assert h5.frames == csv.frames and h5.points.shape == (116, 1, 4, 2)
    np.testing.assert_allclose(h5.points, csv.points, atol=1e-9)
    np.testing.assert_allclose(h5.points, slp.points, atol=1e-9)


def test_a_table_in_the_fixed_form_has_likelihoods(parsers: Parsers, real_data: Path) -> None:
    (file,) = (real_data / "origin-2023").glob("dlc*/evaluation-results/*/*/*.h5")
    poses = parsers.poses("deeplabcut", file, Kind.PREDICTIONS)
    assert poses.points.shape == (116, 1, 4, 2) and poses.frames[5].picture.endswith("img0005.png")
    assert 0.9 < poses.scores.min() <= poses.scores.max() <= 1.0


def test_two_animals_and_their_tracks(parsers: Parsers, real_data: Path) -> None:
    poses = parsers.poses("sleap", real_data / "sleap-samples/centered_pair_predictions.slp", Kind.PREDICTIONS)
    assert poses.animals >= 2 and len(poses.parts) == 24 and np.isfinite(poses.scores).any()
    labels = parsers.poses("sleap", real_data / "sleap-samples/centered_pair_predictions.slp", Kind.LABELS)
    assert not np.isfinite(labels.points).any()


@pytest.mark.parametrize("packages", [1, 2])
def test_predictions_on_a_package_have_the_names_of_the_pictures_in_it(
    parsers: Parsers, tmp_path: Path, packages: int
) -> None:
    source: dict[str, object] = {"filename": [f"/there/labeled-data/m1/img{at}.png" for at in range(3)], "backend": {}}
    for number in range(packages):
        package = f"/there/{number}.pkg.slp"
        inside = {"type": "HDF5Video", "filename": package, "dataset": "video0/video"}
        source = {"filename": package, "backend": inside, "source_video": source}
    poses = parsers.poses(
        "sleap", slp(tmp_path / "p.predictions.slp", [()], videos=[source], number=2), Kind.PREDICTIONS
    )
    assert [frame.picture for frame in poses.frames] == ["/there/labeled-data/m1/img2.png"]


def test_several_animals_of_deeplabcut(parsers: Parsers, tmp_path: Path) -> None:
    text = (
        "scorer,,,x,x,x,x\nindividuals,,,a,a,b,b\nbodyparts,,,nose,nose,nose,nose\ncoords,,,x,y,x,y\n"
        "labeled-data,m1,img1.png,1,2,3,4\nlabeled-data,m1,img2.png,,,5,6\n"
    )
    (tmp_path / "a.csv").write_text(text)
    poses = parsers.poses("deeplabcut", tmp_path / "a.csv", Kind.LABELS)
    assert poses.frames[1].picture == "labeled-data/m1/img2.png"
    assert poses.points[0].tolist() == [[[1, 2]], [[3, 4]]] and poses.points[1, 1].tolist() == [[5, 6]]
    assert poses.individuals == ("a", "b") and np.isnan(poses.points[1, 0]).all()


COLUMNS = [("me", "nose", "x"), ("me", "nose", "y"), ("me", "tail", "x"), ("me", "tail", "y")]


@pytest.mark.parametrize("protocol", range(6))
def test_names_of_columns_are_read_from_every_kind_of_pickle(protocol: int) -> None:
    assert plain_value(pickle.dumps(COLUMNS, protocol), "t") == COLUMNS
    nested = {"a": [1, 2.5, None, True], "b": (("c",), ())}
    assert plain_value(pickle.dumps(nested, protocol), "t") == nested


class _Boom:
    def __reduce__(self) -> tuple[object, ...]:
        return (exec, ("raise SystemExit('somebody unpickled this')",))


def test_a_table_whose_column_names_are_code_is_refused(parsers: Parsers, tmp_path: Path) -> None:
    pandas_h5(tmp_path / "good.h5", [[1.0, 2.0, 3.0, 4.0]], pickle.dumps(COLUMNS, 0))
    assert parsers.poses("deeplabcut", tmp_path / "good.h5", Kind.LABELS).parts == ("nose", "tail")
    pandas_h5(tmp_path / "evil.h5", [[1.0, 2.0, 3.0, 4.0]], pickle.dumps(_Boom(), 0))
    with pytest.raises(Damaged, match="more than names"):
        parsers.poses("deeplabcut", tmp_path / "evil.h5", Kind.LABELS)


@pytest.mark.parametrize("text", [b"", b"\x80", b"(lp0\n", b".", b"a.", b"(lp0\nVx\np1\na"])
def test_a_pickle_that_breaks_off_is_refused(text: bytes) -> None:
    with pytest.raises(Damaged):
        plain_value(text, "t")


def test_a_file_of_something_else_is_told_so(parsers: Parsers, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2,3\n4,5,6\n")
    with pytest.raises(Damaged, match="not one that DeepLabCut writes"):
        parsers.poses("deeplabcut", tmp_path / "a.csv", Kind.LABELS)
    with pytest.raises(Damaged, match="HDF5"):
        parsers.poses("sleap", tmp_path / "a.csv", Kind.LABELS)
