"""`preview` says what is wrong with a request before it looks for anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.cli.main import main

WRONG = {
    ("--frame", "-1"): "Frames are counted from 0",
    ("--size", "9x9"): "16 to 2048 pixels",
    ("--size", "4096x292"): "16 to 2048 pixels",
    ("--size", "large"): "Write it as 512x292",
}


@pytest.mark.parametrize("what", ["s3://lab-data/clip.mp4", "s3://lab-data/project/"])
@pytest.mark.parametrize("arguments", sorted(WRONG))
def test_a_wrong_request_is_refused_in_words(
    arguments: tuple[str, str], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a.png"
    flags = ["--site", str(tmp_path / "no-site.toml"), "--state-dir", str(tmp_path / "state")]
    assert main([*flags, "preview", what, "-o", str(out), *arguments]) == 2
    told = capsys.readouterr()
    assert WRONG[arguments] in told.err and told.out == ""
    assert not out.exists()


def test_the_picture_needs_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["preview", "s3://lab-data/clip.mp4"])
    assert ended.value.code == 2
    assert "-o/--output" in capsys.readouterr().err
