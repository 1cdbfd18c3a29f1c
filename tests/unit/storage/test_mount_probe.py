"""Is a mount well? Asked once, or again and again through one child."""

from __future__ import annotations

import threading
from pathlib import Path

from launcher.storage.mount_probe import Health, Probed, Prober, probe


def test_a_mount_is_well_and_a_folder_is_none(tmp_path: Path) -> None:
    assert probe(Path("/proc"), 30) == Probed(Health.WELL)
    assert probe(tmp_path, 30) == Probed(Health.DEAD, "nothing is mounted there")
    assert probe(tmp_path / "gone", 30).health is Health.DEAD


def test_one_child_answers_many_questions_also_at_once(tmp_path: Path) -> None:
    with Prober() as prober:
        found: list[Probed] = []
        asking = [
            threading.Thread(target=lambda point=point: found.append(prober.ask(point, 30)))
            for point in (Path("/proc"), tmp_path, tmp_path / "gone")
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert sorted(one.health for one in found) == [Health.DEAD, Health.DEAD, Health.WELL]
        assert prober.ask(Path("/proc"), 30) == Probed(Health.WELL)


def test_no_answer_in_time_is_a_frozen_mount_and_the_late_one_still_counts() -> None:
    with Prober() as prober:
        assert prober.ask(Path("/proc"), 0) == Probed(Health.HUNG, "it does not answer")
        assert prober.ask(Path("/proc"), 30) == Probed(Health.WELL)
