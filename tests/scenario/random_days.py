"""One person's days at two or three computers, drawn at random from a seed: every verb, every interruption.

Each step is a command of the real program, or something that happens around it; after each the ledger looks at the
disks and the bucket. At the end there is calm: every computer saves until nothing changes, and then all must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from launcher.storage.seaweed import SeaweedFS
from tests.scenario.days_calm import Calm
from tests.scenario.days_files import DEEPLABCUT


class Days(Calm):
    """The whole of it, for one seed."""

    def live(self) -> None:
        """All steps, and then calm."""
        self.begin()
        for number in range(self.steps):
            step = self._drawn()
            self._note(f"{number}: {step.__name__}")
            step()
        self._note("calm")
        self.calm()

    def _drawn(self) -> Callable[[], None]:
        verbs: list[tuple[Callable[[], None], int]] = [
            (self.edit, 30),
            (self.save, 14),
            (self.save_killed, 10),
            (self.save_ended, 2),
            (self.save_through_faults, 6),
            (self.outage, 1),
            (self.finish, 3),
            (self.finish_killed, 2),
            (self.stage, 8),
            (self.stage_killed, 4),
            (self.restore, 5),
            (self.restore_killed, 4),
            (self.decide, 8),
            (self.decide_killed, 6),
            (self.lose_journal, 3),
            (self.lose_state, 2),
            (self.move, 2),
            (self.verify, 2),
            (self.status, 1),
            (self.frozen_save, 2),
            (self.at_once, 5),
            (self.save_all, 2),
            (self.another_program, 3),
            (self.empty, 1),
            (self.month_passes, 1),
            (self.days_pass, 1),
            (self.rehearse, 3),
            (self.download, 2),
            (self.keys_expire, 2),
            (self.clock_is_off, 2),
            (self.ended, 4),
            (self.end_session, 2),
            (self.link, 1),
            (self.close_some, 3),
            (self.open_some, 2),
            (self.bring_over_closed, 4),
            (self.bring_all, 4),
            (self.move_unseen, 2),
            (self.rename_under_way, 2),
            (self.keys_rotate, 4),
            (self.ends_at_once, 4),
            (self.restore_elsewhere, 4),
            (self.decide_beside, 4),
            (self.put_away_beside, 3),
            (self.lose_all, 3),
            (self.wrong_dates, 4),
            (self.disk_fills, 4),
            (self.opened_at_both, 3),
            (self.goes_back, 5),
            (self.to_another_disk, 2),
            (self.odd_times, 2),
            (self.rules_change, 2),
            (self.versioning_begins, 1),
            (self.another_project, 2),
            (self.change_names, 4),
            (self.work_under_way, 5),
            (self.bad_line, 4),
            (self.work_in_copy, 3),
            (self.carried_over, 3),
            (self.written_while_saved, 4),
            (self.ends_again, 3),
            (self.becomes_folder, 3),
            (self.out_of_sight, 4),
            (self.times_shift, 3),
            (self.second_names, 3),
            (self.versions_expire, 2),
            (self.restore_taken_over, 3),
            (self.decided_at_both, 3),
            (self.brought_in_turn, 3),
            (self.machine_gone, 3),
            (self.lab_changes, 3),
            (self.home_moves, 1),
            (self.brought_from_copy, 1),
            (self.quota_reached, 2),
            (self.server_stands_still, 2),
            (self.connection_lost, 3),
            (self.clock_is_wrong_for_long, 2),
            (self.training_killed, 3),
            (self.run_renamed, 3),
        ]
        if self.has_saver:
            verbs += [(self.start_saver, 6), (self.stop_saver, 4), (self.kill_saver, 3), (self.let_time_pass, 6)]
            verbs += [(self.work_beside_saver, 5), (self.two_savers, 4)]
            verbs += [(self.saver_sleeps, 4), (self.renamed_beside_saver, 4)]
        (step,) = self.chance.choices([step for step, _ in verbs], [weight for _, weight in verbs])
        return step

    def begin(self) -> None:
        """A project in the lab, another one made anew."""
        source = {path: self._content(path, b"") for path in self.kind.paths if path != "notes.md"}
        source[self.kind.video] = self.chance.randbytes(20_000)
        for path, data in source.items():
            self.site.put(f"reaching/{path}", data)
            self.ledger.put_in_lab(data)
        first = self.computers[0]
        self._brought(first, self._run(first, "stage", self.lab_uri, "--json"))
        if self.kind is DEEPLABCUT and self.chance.random() < 0.25:
            self.make_anew(first)
        for computer in self.computers[1:]:
            how = self.chance.random()
            if how < 0.4:
                self.save()
                self._brought(
                    computer,
                    self._run(computer, "stage", f"{self.site.home_uri}projects/{self.projects[0]}/", "--json"),
                )
            elif how < 0.9:
                self._brought(computer, self._run(computer, "stage", self.lab_uri, "--json"))


def live(server: SeaweedFS, keys: Sequence[str], folder: Path, seed: int, *, steps: int) -> Days:
    """One seed, from its beginning to its end."""
    days = Days(server, keys, folder, seed, steps=steps)
    try:
        days.live()
    finally:
        days.close()
    return days
