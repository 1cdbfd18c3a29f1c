"""`compare` as a person runs it: planted models, wrong specs, hostile names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from launcher.cli.main import main
from launcher.tools.dlc_writing import table_text
from tests.unit.compare.planted import moved, square, table

PARTS = ("snout", "leftear", "rightear", "tail")
BASE = """
schema = 1
title = "planted"
[labels]
file = "labels.csv"
[frames]
test = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
"""


def compared(folder: Path, models: str, base: str = BASE) -> tuple[int, Path]:
    spec = folder / "spec.toml"
    spec.write_text(base + models)
    out = folder / "out"
    return main(["--state-dir", str(folder / "state"), "compare", str(spec), "-o", str(out)]), out


def model(name: str, file: str, more: str = "unseen = true") -> str:
    return f"[[model]]\nname = {json.dumps(name)}\npredictions = [{json.dumps(file)}]\n{more}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table(tmp_path / "labels.csv", square(20), PARTS)
    return tmp_path


def numbers(out: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((out / "numbers.json").read_text())["comparison"]
    return found


def test_planted_models_get_the_numbers_computed_by_hand(folder: Path) -> None:
    exact = moved(square(20), 3.0, 4.0)
    table(folder / "near.csv", exact, PARTS)
    far = square(20)[:, [0, 2, 1, 3]]  # the ears are swapped: two points are sqrt(2) x 0 and 100 px off
    far[:, 3] = np.nan
    table(folder / "far.csv", far, PARTS)
    code, out = compared(folder, model("near", "near.csv") + model("far", "far.csv"))
    assert code == 0
    near_row, far_row = (one["rows"][0] for one in numbers(out)["models"])
    assert near_row["numbers"]["mean_px"]["value"] == near_row["numbers"]["rmse_px"]["value"] == 5.0
    # Of four points: 0 px, two swapped by 100 px each, one missed that counts as the animal's size, 100 px.
    assert far_row["numbers"]["mean_px"]["value"] == pytest.approx(200 / 3)
    assert far_row["numbers"]["mean_with_misses_px"]["value"] == 75.0
    assert far_row["numbers"]["coverage"]["value"] == 0.75
    assert [part["mean"] for part in far_row["parts"]][:3] == [0.0, 100.0, 100.0]
    (pair,) = numbers(out)["pairs"]
    assert pair["winner"] == "near" and pair["error"]["value"] == -70.0


def test_a_model_that_saw_the_test_frames_is_marked_and_never_ranked(folder: Path) -> None:
    table(folder / "p.csv", square(20), PARTS)
    names = [f"labeled-data/m1/img{at:04}.png" for at in (11, 12, 13)]
    table(folder / "seen.csv", square(3), PARTS, names)
    code, out = compared(folder, model("fair", "p.csv") + model("cheat", "p.csv", 'seen = ["seen.csv"]'))
    assert code == 0
    assert numbers(out)["models"][1]["rows"][0]["why_not"] == "it learned from 1 of these 12 frames"
    assert numbers(out)["pairs"] == []
    assert "cheat" in " ".join(numbers(out)["not_to_conclude"])


def test_several_trainings_are_told_together_and_apart(folder: Path) -> None:
    for at, offset in enumerate((1.0, 3.0)):
        table(folder / f"p{at}.csv", moved(square(20), offset, 0.0), PARTS)
    code, out = compared(folder, '[[model]]\nname = "twice"\npredictions = ["p0.csv", "p1.csv"]\nunseen = true\n')
    assert code == 0
    (told,) = numbers(out)["models"]
    mean = told["rows"][0]["numbers"]["mean_px"]
    assert (mean["value"], mean["low"], mean["high"]) == (2.0, 1.0, 3.0)
    assert told["spread"] == [1.0, 3.0]


def test_two_animals_are_told_apart_whatever_their_order(folder: Path) -> None:
    one = square(20)
    truth = np.stack([one, moved(one, 300, 0)], axis=1)
    names = [f"labeled-data/m1/img{at:04}.png" for at in range(20)]

    def animals(points: Any) -> str:
        return table_text("me", PARTS, ["a", "b"], zip(names, points.tolist(), strict=True))

    (folder / "labels.csv").write_text(animals(truth))
    (folder / "swapped.csv").write_text(animals(moved(truth[:, ::-1], 3, 4)))
    lost = truth.copy()
    lost[:, 1] = np.nan
    (folder / "lost.csv").write_text(animals(lost))
    code, out = compared(folder, model("swapped", "swapped.csv") + model("lost", "lost.csv"))
    assert code == 0
    swapped, half = (one["rows"][0] for one in numbers(out)["models"])
    assert swapped["numbers"]["mean_px"]["value"] == 5.0 and swapped["numbers"]["coverage"]["value"] == 1.0
    # d = 5 px on animals of 100 x 100 px: OKS is exp(-0.5) = 0.607, so it matches at 0.50, 0.55 and 0.60.
    assert swapped["animals"]["mean_oks"] == pytest.approx(np.exp(-0.5))
    assert (swapped["animals"]["ap50"], swapped["animals"]["ap75"]) == (1.0, 0.0)
    assert swapped["animals"]["mean_ap"] == pytest.approx(0.3)
    assert half["numbers"]["coverage"]["value"] == 0.5 and half["animals"]["ap50"] == pytest.approx(51 / 101)


def test_single_labels_against_several_predicted_animals(folder: Path) -> None:
    names = [f"labeled-data/m1/img{at:04}.png" for at in range(20)]
    both = np.stack([moved(square(20), 300, 0), square(20)], axis=1)
    (folder / "p.csv").write_text(table_text("me", PARTS, ["a", "b"], zip(names, both.tolist(), strict=True)))
    code, out = compared(folder, model("two", "p.csv"))
    assert code == 0
    row = numbers(out)["models"][0]["rows"][0]
    # Neither is more confident: the one that is near the labelled animal counts, and the other is nobody's.
    assert row["extra_animals"] == 12 and row["numbers"]["mean_px"]["value"] == 0.0


def test_a_split_that_was_written_holds_for_another_tools_file(folder: Path) -> None:
    table(folder / "p.csv", square(20), PARTS)
    names = [f"labeled-data/m1/img{at:04}.png" for at in range(19, -1, -1)]
    (folder / "split.json").write_text(json.dumps({"names": names, "train": [2, 3], "test": [0, 1]}))
    base = BASE.replace("test = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", 'split = "split.json"')
    code, out = compared(folder, model("a", "p.csv"), base)
    assert code == 0
    assert numbers(out)["frame_names"] == ["labeled-data/m1/img0018.png", "labeled-data/m1/img0019.png"]


class _Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_names_are_only_names_on_the_page_and_in_the_tables(folder: Path) -> None:
    evil = '=HYPERLINK("http://x")<script>alert(1)</script>"\' onload=x'
    parts = ("@snout", "<img src=x onerror=alert(1)>", "c", "d")
    names = [f"labeled-data/<b>m1/=img{at:04}.png" for at in range(20)]
    table(folder / "labels.csv", square(20), parts, names)
    table(folder / "p.csv", moved(square(20), 1.0, 0.0), parts, names)
    code, out = compared(folder, model(evil, "p.csv"), BASE.replace("planted", "</title><script>x</script>"))
    assert code == 0
    page = _Page()
    page.feed((out / "comparison.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags and "b" not in page.tags and "img" not in page.tags
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert "<script>alert(1)</script>" in page.words
    for name in ("models.csv", "points.csv"):
        text = (out / name).read_text(encoding="utf-8")
        assert not re.search(r'(^|[,"\n])[=@]', text.partition("\n")[2])


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ('[[model]]\nname = "a"\npredictions = ["p.csv"]\nsseen = []\n', 2, 'line 11: [[model]] "sseen" is not known'),
        ("", 2, "it names no model"),
        (model("a", "gone.csv"), 10, "is not there"),
        (model("a", "../labels.csv"), 2, "predictions is"),
        (model("a", "p.csv") + model("a", "p.csv"), 2, "line 13: [[model]] name is there twice"),
        (model("a", "empty.csv"), 4, "holds no predictions"),
        (model("a", "names.csv"), 4, 'parts = { "Snout" = "snout" }'),
        (model("a", "twice.csv"), 4, "more than once"),
        (model("a", "half.csv"), 4, "another size, by a factor of 2"),
        (model("a", "others.csv"), 4, "None of its frames"),
        (model("a", "broken.h5"), 4, "HDF5"),
        (model("a", "p.csv", 'clip = ["p.csv"]\nunseen = true'), 2, "needs a table [clip]"),
    ],
)
def test_what_cannot_be_scored_is_said_in_words(
    more: str, code: int, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(folder / "p.csv", square(20), PARTS)
    table(folder / "empty.csv", np.full((20, 4, 2), np.nan), PARTS)
    table(folder / "names.csv", square(20), ("Snout", *PARTS[1:]))
    table(folder / "twice.csv", square(2), PARTS, ["labeled-data/m1/img0001.png"] * 2)
    table(folder / "half.csv", square(20) / 2, PARTS)
    table(folder / "others.csv", square(1), PARTS, ["labeled-data/m9/other.png"])
    (folder / "broken.h5").write_bytes(b"no table")
    found, out = compared(folder, more)
    assert found == code
    told = capsys.readouterr()
    assert words in told.err and "Traceback" not in told.err
    assert not out.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(folder / "p.csv", square(20), PARTS)
    (folder / "out").mkdir()
    (folder / "out" / "mine.txt").write_text("mine")
    code, out = compared(folder, model("a", "p.csv"))
    assert code == 4 and "holds something else" in capsys.readouterr().err
    assert [file.name for file in out.iterdir()] == ["mine.txt"]


def test_data_may_be_named_from_where_one_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(folder / "p.csv", square(20), PARTS)
    (folder / "spec.toml").write_text(BASE + model("a", "p.csv"))
    monkeypatch.chdir(folder.parent)
    where = ["--state-dir", str(folder / "state"), "compare", f"{folder.name}/spec.toml"]
    assert main([*where, "-o", f"{folder.name}/out", "--data", folder.name]) == 0
    assert (folder / "out" / "comparison.html").is_file()


def test_the_same_spec_again_gives_the_same_numbers(folder: Path) -> None:
    rng = np.random.default_rng(1)
    table(folder / "p.csv", square(20) + rng.normal(0, 2, (20, 4, 2)), PARTS)
    base = BASE.replace("test = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", "seed = 4")
    assert compared(folder, model("a", "p.csv"), base)[0] == 0
    first = numbers(folder / "out")
    assert compared(folder, model("a", "p.csv"), base)[0] == 0
    assert numbers(folder / "out") == first
    assert len(first["split"]["folds"][0]["test"]) == 4
