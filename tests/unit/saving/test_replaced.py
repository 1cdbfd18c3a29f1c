"""Which of the contents that a save replaces can be brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from launcher.journal.manifest import Content, Manifest, SavedFile
from launcher.saving.replaced import ONE_IN, is_due, is_remade, was_asked_for
from launcher.tools.protocol import Part

NOW = datetime(2026, 1, 31, 14, 5, tzinfo=UTC)
NETWORK = "dlc-models/iteration-0/n/train/snapshot-100.pt"


@pytest.mark.parametrize(
    ("path", "part", "expected"),
    [
        ("config.yaml", Part.CONFIG, False),
        ("labeled-data/a/CollectedData_me.h5", Part.LABELS, False),
        ("dlc-models/iteration-0/n/train/pose_cfg.yaml", Part.MODELS, False),
        ("dlc-models/iteration-0/n/train/learning_stats.csv", Part.MODELS, False),
        ("models/run/labels_gt.train.slp", Part.MODELS, False),
        (NETWORK, Part.MODELS, True),
        ("models/run/best_model.h5", Part.MODELS, True),
    ],
)
def test_only_networks_are_remade(path: str, part: Part, *, expected: bool) -> None:
    assert is_remade(path, part) is expected


@pytest.mark.parametrize(
    ("asked_for", "sha256", "expected"), [(True, "aa", True), (True, "bb", False), (False, "aa", False)]
)
def test_what_a_person_asked_to_save_stays(asked_for: bool, sha256: str, *, expected: bool) -> None:
    content = Content(size=1, crc64nvme="c", sha256="aa")
    state = Manifest(
        id="p-1", name="p", tool="deeplabcut", marker="config.yaml", source="s3://lab/p/",
        saved_at="2026-01-31T14:05:00Z", session="s",
        asked_for=asked_for, files={NETWORK: SavedFile(local=content, saved=content, key="k", etag="e")},
    )  # fmt: skip
    assert was_asked_for(state, NETWORK, sha256) is expected
    assert not was_asked_for(state, "another.pt", sha256)
    assert not was_asked_for(None, NETWORK, sha256)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=1), False),
        (ONE_IN, True),
        (-timedelta(hours=5), True),
    ],
)
def test_of_a_network_that_is_remade_all_the_time_one_is_kept_now_and_then(ago: timedelta, *, expected: bool) -> None:
    assert is_due((NOW - ago).isoformat(), NOW) is expected
    assert is_due(None, NOW), "the first is always kept"
