"""Pictures are made in a process that is fenced in, from bytes that are fed to it within bounds."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageColor

from launcher import errors
from launcher.projects import preview
from launcher.projects.confinement import MEMORY_BYTES
from launcher.projects.preview import Previewer, Shown, is_plausible, numbers_in, pictures_in, place_in
from launcher.projects.preview_crop import Look
from launcher.projects.preview_marks import mark
from launcher.projects.source import LocalSource
from launcher.tools.frames import Wanted
from launcher.tools.protocol import Listed, Listing
from tests.unit.projects.made_videos import number_on, video
from tests.unit.tools.made_projects import CONFIG, CSV, files

LOOK = Look(512, 292)
WHOLE = Look(640, 480, whole=True, zoom=1)


@pytest.fixture(scope="module")
def previewer() -> Iterator[Previewer]:
    with Previewer() as made:
        yield made


@pytest.mark.parametrize("said", [None, [], "x", {"frames": "9"}, {"frames": -1}, {"seconds": 1e300}, {"width": True}])
def test_numbers_of_another_persons_video_are_numbers_or_nothing(said: object) -> None:
    assert numbers_in(said) == {}


def test_what_is_known_of_a_video_is_told() -> None:
    assert numbers_in({"frames": 9, "seconds": 0.5, "more": 1}) == {"frames": 9, "seconds": 0.5}
    assert numbers_in({"seconds": float("nan")}) == {}


def picture(shown: Shown) -> Image.Image:
    (png,) = shown.pictures
    return Image.open(io.BytesIO(png))


def children() -> set[psutil.Process]:
    """The processes that these tests started and that are still there."""
    return set(psutil.Process().children())


def png(colour: str = "#5A5A5A") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "PNG")
    return out.getvalue()


def of_file(previewer: Previewer, path: Path, number: int | None = 0, look: Look = WHOLE) -> Shown:
    return previewer.of_file(LocalSource(path.parent), Listed(path.name, path.stat().st_size), number, look)


def of_project(previewer: Previewer, folder: Path, wanted: Wanted | None = None, look: Look = WHOLE) -> Shown:
    source = LocalSource(folder)
    listing = Listing(source.files())
    place = place_in(listing, "deeplabcut", "")
    assert place is not None
    return previewer.of_project(source, listing, place, look, wanted or Wanted())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    pictures = {f"labeled-data/left/img{number}.png": png() for number in (1, 2, 3)}
    table = CSV.replace("1.5,2.5", "100,50").replace("3.0,4.0", "600,400")
    return files(tmp_path, {"config.yaml": CONFIG, "labeled-data/left/CollectedData_Ada.csv": table, **pictures})


def test_a_poster_of_a_project(previewer: Previewer, project: Path) -> None:
    assert picture(of_project(previewer, project, look=LOOK)).size == (512, 292)
    seen = picture(of_project(previewer, project, Wanted(number=0)))
    assert seen.getpixel((100, 50)) == ImageColor.getrgb(mark(0).colour)
    seen = picture(of_project(previewer, project, Wanted(number=1)))
    assert seen.getpixel((600, 400)) == ImageColor.getrgb(mark(1).colour)


def test_a_strip_shows_what_can_be_shown(previewer: Previewer, project: Path) -> None:
    assert len(of_project(previewer, project, Wanted(count=5)).pictures) == 2
    (project / "labeled-data/left/img1.png").write_bytes(b"no picture")
    assert len(of_project(previewer, project, Wanted(count=5)).pictures) == 1
    (project / "labeled-data/left/img3.png").write_bytes(b"no picture")
    with pytest.raises(errors.Damaged, match=r"This picture cannot be read: labeled-data/left/img\d\.png"):
        of_project(previewer, project, Wanted(count=5))


def test_a_frame_of_a_video_and_what_it_cost(previewer: Previewer, tmp_path: Path) -> None:
    made = video(tmp_path / "clip.mp4")
    shown = of_file(previewer, made, 42)
    assert number_on(picture(shown)) == 42
    assert 0 < shown.bytes_read <= made.stat().st_size


def test_an_image(previewer: Previewer, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png("#123456"))
    assert picture(of_file(previewer, tmp_path / "a.png", None)).getpixel((5, 5)) == (0x12, 0x34, 0x56)


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.png", "a.tif"])
@pytest.mark.parametrize("data", [b"", b"no such thing", b"\x00" * 5000, bytes(range(256)) * 400])
def test_what_cannot_be_read_is_named_and_the_next_job_works(
    name: str, data: bytes, previewer: Previewer, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(errors.Damaged, match=f"cannot be read: .*{name}"):
        of_file(previewer, tmp_path / name, 0 if name[2:] in ("mp4", "avi") else None)
    (tmp_path / "sound.png").write_bytes(png())
    assert of_file(previewer, tmp_path / "sound.png", None).pictures


class Slow(LocalSource):
    """A server that answers as far as it likes, then says no."""

    def __init__(self, root: Path, answers: int) -> None:
        super().__init__(root)
        self.answers = answers

    def read(self, file: Listed, start: int, length: int) -> bytes:
        self.answers -= 1
        if self.answers < 0:
            raise errors.Unreachable(self.uri(file.path))
        return super().read(file, start, length)


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_a_server_that_goes_away_is_what_is_told(answers: int, previewer: Previewer, tmp_path: Path) -> None:
    made = video(tmp_path / "long.avi", 250, codec="rawvideo", pixels="bgr24")
    file = Listed(made.name, made.stat().st_size)
    with pytest.raises(errors.Unreachable, match=r"does not answer: .*long\.avi"):
        previewer.of_file(Slow(tmp_path, answers), file, 200, WHOLE)
    assert number_on(picture(of_file(previewer, made, 200))) == 200


def test_no_picture_costs_more_reading_than_allowed(tmp_path: Path) -> None:
    made = video(tmp_path / "long.avi", 250, codec="rawvideo", pixels="bgr24")
    too_large = pytest.raises(errors.Damaged, match="too large to be shown from a distance")
    with Previewer(picture_bytes=100_000) as previewer, too_large:
        of_file(previewer, made, 200)


def test_a_parser_asks_for_nothing_but_ranges_of_the_files_at_hand(tmp_path: Path) -> None:
    (tmp_path / "mine.mp4").write_bytes(b"0123456789")
    (tmp_path / "other").write_bytes(b"secret")
    listed = {"mine.mp4": Listed("mine.mp4", 10)}
    feed = preview._Feed(LocalSource(tmp_path), listed.get, preview.PICTURE_BYTES)
    assert feed({"need": ["mine.mp4", 2, 3]}) == ({"given": True}, b"234")
    for need in (["other", 0, 6], ["../other", 0, 1], ["mine.mp4", -1, 5], ["mine.mp4", 0, 10**12], [1, "0", None]):
        assert feed({"need": need}) == ({"stop": True}, b"")
    assert feed.bytes_read == 3


def test_a_decoder_that_does_not_come_back_is_ended(tmp_path: Path) -> None:
    made = video(tmp_path / "clip.mp4")
    others = children()
    with Previewer(job_s=0.3) as previewer:  # the first job of a process has longer
        of_file(previewer, made, 1)
        (child,) = children() - others
        child.suspend()
        with pytest.raises(errors.Damaged, match="could not be read safely"):
            of_file(previewer, made, 1)
        assert number_on(picture(of_file(previewer, made, 7))) == 7
    assert children() <= others


def test_only_pictures_of_ours_come_back(tmp_path: Path) -> None:
    good = png()
    assert is_plausible(good)
    assert pictures_in([len(good)], good, "x") == [good]
    for bad in (b"", b"GIF89a" + bytes(60), good[:20], good[:16] + b"\xff" * 8 + good[24:], bytes(60)):
        assert not is_plausible(bad)
        with pytest.raises(errors.Damaged, match="No picture of this could be made: x"):
            pictures_in([len(bad)], bad, "x")
    with pytest.raises(errors.Damaged):
        pictures_in([], b"", "x")


def test_a_pipe_of_the_folder_is_no_file(previewer: Previewer, project: Path) -> None:
    os.mkfifo(project / "labeled-data/left/img9.png")
    assert of_project(previewer, project).pictures


def test_the_process_has_no_secret_little_memory_and_leaves_nothing_behind(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    others = children()
    with Previewer() as previewer:
        of_project(previewer, project)
        (child,) = children() - others
        environ = child.environ()
        assert not [name for name in environ if name.startswith(("AWS_", "PYTHON"))]
        assert "very-secret" not in " ".join([*environ.values(), *child.cmdline()])
        assert child.rlimit(psutil.RLIMIT_AS)[0] == MEMORY_BYTES
        assert not child.net_connections()
    assert not child.is_running()
