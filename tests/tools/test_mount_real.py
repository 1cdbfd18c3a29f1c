"""The real SLEAP reads a recording through the real mount, also after the mount was killed and came back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from launcher.runs.environments import Installed
from tests.conftest import Site
from tests.scenario.watching import until

pytestmark = pytest.mark.tools

#: The last frame first: nothing is as hard for a mount as jumping about in a video.
READ = """
import sys
import sleap_io
video = sleap_io.load_video(sys.argv[1])
print(len(video), video[len(video) - 1].shape, video[0].shape)
"""


def test_sleap_reads_a_video_through_the_mount_and_again_after_a_fault(
    site: Site, real_data: Path, sleap: Installed
) -> None:
    point = site.folder / "mnt"
    site.put("videos/pair.mp4", (real_data / "sleap-samples" / "centered_pair_small.mp4").read_bytes())
    site.write(extra=f'mount = "{point}"')
    started = site.run("mounts", "start", "--json")
    if not (Path("/dev/fuse").exists() and shutil.which("fusermount3")):
        assert started.code == 4, "without FUSE the program says so, and nothing reads there"
        return
    try:
        before = read(sleap, point / "videos" / "pair.mp4")
        os.kill(started.json["mounts"][0]["pid"], signal.SIGKILL)
        until(lambda: site.run("mounts", "status").code == 4, 30)
        assert site.run("mounts", "start").code == 0
        assert read(sleap, point / "videos" / "pair.mp4") == before
    finally:
        site.run("mounts", "stop")


def read(sleap: Installed, video: Path) -> str:
    """The number of frames and the shapes of two."""
    argv = [str(sleap.python), "-I", "-c", READ, str(video)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]
