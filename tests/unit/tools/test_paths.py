"""What an old path means here, and what a path of this machine reads in a saved project, as tables for both systems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.tools.paths import LocalPaths, NeutralPaths

MEMBERS = (
    "videos/a.mp4",
    "videos/day2/a.mp4",
    "videos/B.avi",
    "frames/x/img1.png",
    "frames/y/img1.png",
    "clip one.mp4",
)


@pytest.mark.parametrize(
    ("old", "member"),
    [
        ("/data/videos/a.mp4", "videos/a.mp4"),
        ("/data/videos/day2/a.mp4", "videos/day2/a.mp4"),
        ("D:\\lab\\videos\\day2\\a.mp4", "videos/day2/a.mp4"),
        ("D:/lab\\videos/a.mp4", "videos/a.mp4"),
        ("\\\\server\\share\\videos\\a.mp4", "videos/a.mp4"),
        ("\\\\?\\C:\\x\\clip one.mp4", "clip one.mp4"),
        ("/elsewhere/b.AVI", "videos/B.avi"),
        ("B.avi", "videos/B.avi"),
        ("./videos//a.mp4", "videos/a.mp4"),
        ("/data/frames/y/img1.png", "frames/y/img1.png"),
        ("/data/img1.png", None),
        ("/data/other/a.mp4", None),
        ("https://example.org/videos/a.mp4", None),
        ("WILL BE AUTOMATICALLY UPDATED BY DEMO CODE", None),
        (".", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("windows", [False, True])
def test_an_old_path_means_the_member_with_the_longest_common_end(old: str, member: str | None, windows: bool) -> None:
    folder, separator = ("C:\\scratch\\p", "\\") if windows else ("/scratch/p", "/")
    expected = None if member is None else separator.join([folder, *member.split("/")])
    assert LocalPaths(folder, MEMBERS, windows)(old) == expected


def test_the_videos_of_a_project_are_its_video_files_unless_others_are_chosen() -> None:
    assert LocalPaths("/p", ("config.yaml", "videos/b.mp4", "videos/a.mp4"), windows=False).videos() == (
        "/p/videos/a.mp4",
        "/p/videos/b.mp4",
    )
    assert LocalPaths("C:\\p", MEMBERS, windows=True, video_members=("videos/B.avi",)).videos() == (
        "C:\\p\\videos\\B.avi",
    )


@pytest.mark.parametrize(
    ("old", "neutral"),
    [
        ("/scratch/p", "."),
        ("/scratch/p/", "."),
        ("/scratch//p/./videos/a.mp4", "videos/a.mp4"),
        ("/scratch/p/new/c.mp4", "new/c.mp4"),
        ("/scratch/pp/c.mp4", "c.mp4"),
        ("/scratch/p/../other/B.avi", "videos/B.avi"),
        ("/home/ada/recordings/B.avi", "videos/B.avi"),
        ("/home/ada/recordings/c.mp4", "c.mp4"),
        ("/home/ada", "."),
        ("/home/adam/c.mp4", None),
        ("/mnt/lab/c.mp4", None),
        ("videos/a.mp4", None),
        ("C:\\scratch\\p\\videos\\a.mp4", None),
        ("s3://bucket/c.mp4", None),
        (".", None),
        ("", None),
    ],
)
def test_nothing_of_a_linux_machine_stays(old: str, neutral: str | None) -> None:
    assert NeutralPaths("/scratch/p", ["/scratch", "/home/ada", "/", ""], MEMBERS, windows=False)(old) == neutral


@pytest.mark.parametrize(
    ("old", "neutral"),
    [
        ("C:\\Scratch\\P", "."),
        ("c:/scratch/p/videos/a.mp4", "videos/a.mp4"),
        ("\\\\?\\C:\\Scratch\\P\\new\\c.mp4", "new/c.mp4"),
        ("C:\\Users\\ada\\Desktop\\c.mp4", "c.mp4"),
        ("C:\\Users\\ada\\Desktop\\b.avi", "videos/B.avi"),
        ("\\\\server\\share\\c.mp4", None),
        ("D:\\recordings\\c.mp4", None),
        ("C:\\recordings\\c.mp4", None),
        ("videos\\a.mp4", None),
        ("/scratch/p/videos/a.mp4", None),
    ],
)
def test_nothing_of_a_windows_machine_stays(old: str, neutral: str | None) -> None:
    paths = NeutralPaths("C:\\Scratch\\P", ["C:\\Users\\ada", "C:\\"], MEMBERS, windows=True)
    assert (paths(old), paths.root, tuple(paths.videos())) == (neutral, ".", ())


PARTS = st.sampled_from(
    ["scratch", "p-1a2b3c4d", "home", "videos", "day2", "a.mp4", "B.avi", "img1.png", "..", ".", "", "C:", "é"]
)
OLD = st.one_of(
    st.text(max_size=30),
    st.builds(
        lambda parts, join, start: start + join.join(parts),
        st.lists(PARTS, max_size=7),
        st.sampled_from("/\\"),
        st.sampled_from(["", "/", "C:\\", "\\\\srv\\", "C:\\scratch\\p-1a2b3c4d\\", "/scratch/p-1a2b3c4d/"]),
    ),
)


@given(old=OLD, windows=st.booleans())
def test_saving_takes_back_what_staging_did_and_does_it_once(old: str, windows: bool) -> None:
    folder = "C:\\scratch\\p-1a2b3c4d" if windows else "/scratch/p-1a2b3c4d"
    local = LocalPaths(folder, MEMBERS, windows)
    neutral = NeutralPaths(folder, ["C:\\scratch", "/scratch", "/home"], MEMBERS, windows)
    here = local(old) or old
    saved = neutral(here) or here
    assert local(old) is None or (here.startswith(folder) and saved in MEMBERS)
    assert neutral(saved) in (None, saved)
    assert neutral(here) is None or not saved.startswith(folder)
