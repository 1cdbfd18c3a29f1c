"""One frame of a video: exactly the one that was asked for, with few of its bytes, and never anything else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from launcher import errors
from launcher.projects.preview_video import frame_and_facts, frame_of
from tests.unit.projects.made_videos import HEIGHT, WIDTH, CountedFile, number_on, quiet_decoder, video

KINDS = {
    "index-at-the-end.mp4": {},
    "index-first.mp4": {"container": {"movflags": "faststart"}},
    "in-pieces.mp4": {"container": {"movflags": "frag_keyframe+empty_moov"}},
    "all-colours.mp4": {"pixels": "yuv444p"},
    "gray.mp4": {"pixels": "gray"},
    "no-b-frames.mov": {"options": {"bf": "0", "g": "25"}},
    "open-groups.mkv": {"options": {"x264-params": "open-gop=1:keyint=20:bframes=3"}},
    "motion-jpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "old.avi": {"codec": "mpeg4", "options": {"g": "12", "b:v": "2M"}},
    "lossless.mkv": {"codec": "ffv1", "pixels": "gray"},
    "slow.mp4": {"rate": 7},
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with quiet_decoder():
        yield


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_frame_that_was_asked_for(name: str, tmp_path: Path) -> None:
    made = video(tmp_path / name, **KINDS[name])  # type: ignore[arg-type]
    for number in (0, 1, 19, 20, 21, 50, 73, 98, 99):
        read = CountedFile(made)
        image = frame_of(read, name, read.size, number)
        assert (number_on(image), image.size, image.mode) == (number, (WIDTH, HEIGHT), "RGB")


@pytest.mark.parametrize("name", sorted(KINDS))
def test_size_and_length_in_frames_and_seconds(name: str, tmp_path: Path) -> None:
    read = CountedFile(video(tmp_path / name, **KINDS[name]))  # type: ignore[arg-type]
    facts = frame_and_facts(read, name, read.size, 3)[1]
    assert (facts.width, facts.height) == (WIDTH, HEIGHT)
    if facts.frames:  # one that was written in pieces does not say before its end
        assert facts.frames == pytest.approx(100, abs=1)
        assert facts.seconds == pytest.approx(100 / (7 if name == "slow.mp4" else 30), rel=0.05)
    else:
        assert name == "in-pieces.mp4"


@pytest.mark.parametrize("name", sorted(set(KINDS)))
def test_a_frame_behind_the_end(name: str, tmp_path: Path) -> None:
    read = CountedFile(video(tmp_path / name, **KINDS[name]))  # type: ignore[arg-type]
    with pytest.raises(errors.NotFound, match=r"This video has no frame 100: .*counted from 0"):
        frame_of(read, name, read.size, 100)


def test_little_is_read_of_a_long_video_and_nothing_twice(tmp_path: Path) -> None:
    made = video(tmp_path / "long.avi", 250, codec="rawvideo", pixels="bgr24")
    read = CountedFile(made)
    assert read.size > 6_000_000
    assert number_on(frame_of(read, "long.avi", read.size, 200)) == 200
    assert read.bytes < read.size / 4
    seen: set[int] = set()
    for start, length in read.ranges:
        assert not seen & set(range(start, start + length))
        seen |= set(range(start, start + length))


@pytest.mark.parametrize("kept", [0, 2, 40, 700, 0.5, 0.95])
def test_a_video_that_was_cut_off(kept: float, tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    read = CountedFile(cut)
    with pytest.raises(errors.Damaged, match=r"This video cannot be read: cut\.mp4"):
        frame_of(read, "cut.mp4", read.size, 3)


def test_what_is_left_of_a_cut_video_is_shown(tmp_path: Path) -> None:
    whole = video(tmp_path / "whole.mp4", 250, container={"movflags": "faststart"}).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    read = CountedFile(cut)
    assert number_on(frame_of(read, "cut.mp4", read.size, 20)) == 20
    with pytest.raises(errors.Damaged, match=r"breaks off before frame 249: cut\.mp4|cannot be read: cut\.mp4"):
        frame_of(read, "cut.mp4", read.size, 249)


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    other = video(tmp_path / "other.ts", codec="mpeg2video")
    lists = {
        "hls.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n",
        "concat.mp4": f"ffconcat version 1.0\nfile '{other}'\n",
        "sdp.mp4": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        read = CountedFile(tmp_path / name)
        with pytest.raises(errors.Damaged, match="This video cannot be read"):
            frame_of(read, name, read.size, 0)


def test_an_absurd_size_is_refused(tmp_path: Path) -> None:
    made = video(tmp_path / "bomb.avi", 3, codec="mjpeg", pixels="yuvj420p")
    data, claimed = made.read_bytes(), (60_000).to_bytes(2, "big") * 2
    marker = HEIGHT.to_bytes(2, "big") + WIDTH.to_bytes(2, "big")
    assert marker in data
    made.write_bytes(data.replace(marker, claimed))
    read = CountedFile(made)
    with pytest.raises(errors.Damaged):
        frame_of(read, "bomb.avi", read.size, 0)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    made = tmp_path / "voice.mkv"
    with av.open(str(made), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame(format="s16", layout="mono", samples=1024)
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    read = CountedFile(made)
    with pytest.raises(errors.Damaged, match="There are no pictures in this video"):
        frame_of(read, "voice.mkv", read.size, 0)
