"""Random days: keys that rotate under commands that run, and several ends of one session at once."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.rules import Fault, Rule
from tests.scenario.days_computers import AWAY, CONFLICTS, DONE, Computer
from tests.scenario.days_folders import Folders
from tests.scenario.killing import at_answer

#: How much later than its deadline an end may be over: Python itself starts on a machine that is busy with others.
LATE_S = 4.0


@dataclass
class UnderWay:
    """A command in the middle of which something happens; its exit code once it has ended."""

    process: subprocess.Popen[bytes]
    code: int = -1
    patience_s: float = 120.0


class Sessions(Folders):
    """Steps with a person's keys, and with the end."""

    def keys_rotate(self) -> None:
        """The service gives new keys, and the old ones end, in the middle of a command: it comes to its own end."""
        if (chosen := self._someone()) is None or not chosen[0].folders[chosen[1]].is_dir():
            return
        computer, project = chosen
        if computer.key + 1 >= len(self.keys):
            return
        self._edit_one(computer, project, computer.folders[project])
        arguments = self._quick_command(computer, project)
        late_s = self.chance.choice([0.0, 0.0, 0.5, 1.5])
        what = f"new keys {late_s} s after the old ones' end"
        with self._under_way(computer, arguments, self.chance.randint(1, 25), what) as one:
            self._turn_keys(computer, late_s)
        if arguments[0] == "save" and one.code in (DONE, CONFLICTS):
            row = self._status(computer, project)
            if row is not None and not computer.is_busy and not row["all_saved"]:
                raise self.wrong(f"{computer.name}: save said {one.code} while keys rotated, and status says {row}")

    def _turn_keys(self, computer: Computer, late_s: float) -> None:
        old, computer.key = self.keys[computer.key], computer.key + 1
        if not late_s:
            self._give(computer)
        computer.proxy.rules.insert(0, Rule(Fault.EXPIRED, signed_with=old))
        time.sleep(late_s)
        self._give(computer)

    def _give(self, computer: Computer) -> None:
        """At one moment, as the service writes them."""
        file = computer.site.folder / "credentials"
        draft = file.with_suffix(".new")
        access, secret = self.keys[computer.key], computer.site.secret_key
        draft.write_text(f"[test]\naws_access_key_id = {access}\naws_secret_access_key = {secret}\n")
        draft.replace(file)

    @contextmanager
    def _under_way(
        self,
        computer: Computer,
        arguments: Sequence[str | Path],
        answers: int,
        what: str,
        *,
        moved: str = "no folder",
        may_be: tuple[int, ...] = (),
    ) -> Iterator[UnderWay]:
        """After so many answers to a command something happens (`what`); then it ends as it may, and is judged.

        Whatever lies in the folder `moved` is elsewhere then.
        """
        before = {one: self.ledger.disk(computer.name, one, place) for one, place in computer.folders.items()}
        for project, disk in before.items():
            before[project] = {path: one for path, one in disk.items() if not path.startswith(f"{moved}/")}
        self._pass_over_dead(computer)
        process, words = self._started(computer, list(arguments), 0)
        at_answer(computer.proxy, answers)(process)
        one, verb = UnderWay(process), str(arguments[0])
        yield one
        one.code = self._wait(process, one.patience_s, f"{computer.name}: {verb}, {what}")
        told = words.read_text()
        self._note(f"   {computer.name}: {verb}, {what} -> {one.code} {told[:500]}")
        if "Traceback" in told or one.code not in (*computer.ends(verb), *may_be):
            raise self.wrong(f"{computer.name}: {verb}, {what} -> {one.code}: {told}")
        self._judge(computer, before)

    def _started(
        self, computer: Computer, arguments: list[str | Path], number: int
    ) -> tuple[subprocess.Popen[bytes], Path]:
        words = self.site.folder.parent / f"words-of-{number}"
        with words.open("wb") as said:
            return computer.site.start(*arguments, messages=said.fileno()), words

    def ends_at_once(self) -> None:
        """The script of the service, the window and a person end one session at the same time, on a bad network."""
        computer = self.chance.choice(self.computers)
        if computer.frozen is not None or not computer.folders:
            return
        for project, folder in computer.folders.items():
            if folder.is_dir() and self.chance.random() < 0.8:
                self._edit_one(computer, project, folder)
        if computer.saver is None and self.has_saver and self.chance.random() < 0.4:
            self._start_saver(computer)
        has_saver = computer.saver is not None
        before = {one: self.ledger.disk(computer.name, one, folder) for one, folder in computer.folders.items()}
        self._pass_over_dead(computer)
        with self._faults(computer, self._rules() if self.chance.random() < 0.6 else []):
            codes = self._end_all(computer)
        computer.frozen = None
        self._judge(computer, before)
        if has_saver and computer.saver is not None and computer.saver.poll() is not None:
            computer.saver = None  # the end took over from it
        if DONE not in codes and CONFLICTS not in codes:
            return
        for project, folder in computer.folders.items():
            is_known = folder.is_dir() and project not in computer.forgotten
            row = self._status(computer, project) if is_known else None
            if row is not None and not row["all_saved"]:
                raise self.wrong(f"{computer.name}: the ends said {codes}, and status says {row}")
        if -signal.SIGKILL not in codes:
            self._is_complete(computer)

    def _end_all(self, computer: Computer) -> list[int]:
        begun = []
        for number in range(self.chance.choice([2, 2, 3])):
            seconds = self.chance.choice([6, 15, 30])
            arguments = self.chance.choice([["finish"], ["finish"], ["session", "end"]])
            process, words = self._started(computer, [*arguments, "--deadline", str(seconds)], number)
            computer.frozen = process
            begun.append((arguments[0], seconds, process, words, time.monotonic()))
            time.sleep(self.chance.choice([0.0, 0.0, 0.3, 1.5]))
        if self.chance.random() < 0.2:
            time.sleep(self.chance.uniform(0.3, 2))
            begun[0][2].kill()
        codes = []
        for verb, seconds, process, words, began in begun:
            code = self._wait(
                process, began + seconds + LATE_S - time.monotonic(), f"{computer.name}: {verb} {seconds}"
            )
            told = words.read_text()
            self._note(f"   {computer.name}: {verb} {seconds}, one of {len(begun)} -> {code} {told[:500]}")
            if "Traceback" in told or code not in (*computer.ends(verb), AWAY, -signal.SIGKILL):
                raise self.wrong(f"{computer.name}: {verb}, one of {len(begun)} at once -> {code}: {told}")
            codes.append(code)
        return codes

    def _is_complete(self, computer: Computer) -> None:
        """Whoever wrote the session's own list last, it names nothing of this computer as missing.

        All computers of the test are one machine, so that they have one session.
        """
        found = self.s3.list_objects_v2(Bucket=self.home, Prefix="person/.pose-launcher/sessions/")
        newest = max(found["Contents"], key=lambda row: row["LastModified"])["Key"]
        told = json.loads(self.s3.get_object(Bucket=self.home, Key=newest)["Body"].read())
        missing = [row for row in told["missing"] if row["project"] in computer.folders]
        if missing or (told["state"] != "complete") != bool(told["missing"]):
            raise self.wrong(f"everything is saved, and the session's list says {told}")
