"""Windows' counters: their text, and the program that writes it. The text follows Microsoft's documentation."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from launcher.gpu.nvml import NvmlSource
from launcher.gpu.system_counters import GIVE_UP_S, SystemCounters, memory_by_process, typeperf
from tests.fixtures.nvml.replay import replayed

HEAD = r"\\EC2AMAZ-1\GPU Process Memory"
TOLD = f"""
"(PDH-CSV 4.0)","{HEAD}(pid_9001204_luid_0x00000000_0x0000C5A3_phys_0)\\Dedicated Usage","\
{HEAD}(pid_9004242_luid_0x00000000_0x0000C5A3_phys_0)\\Dedicated Usage","\
{HEAD}(pid_9004242_luid_0x00000000_0x0000D1F2_phys_0)\\Dedicated Usage","\
{HEAD}(pid_7_luid_0x00000000_0x0000C5A3_phys_0)\\Dedicated Usage"
"11/22/2026 20:30:01.123","104857600.000000","5033164800.000000","1000.000000"," "
Exiting, please wait...
The command completed successfully.
"""


def test_memory_is_added_up_over_a_programs_adapters_and_blanks_are_left_out() -> None:
    assert memory_by_process(TOLD.splitlines()) == {9001204: 104857600, 9004242: 5033165800}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error: No valid counters.\n",
        "Fehler: Keine gültigen Leistungsindikatoren.\n",
        '"(PDH-CSV 4.0)","\\\\HOST\\GPU Process Memory(pid_1_luid_0x0_0x1_phys_0)\\Dedicated Usage"\n',
        '"(PDH-CSV 4.0)","\\\\HOST\\GPU Process Memory(pid_1_luid_0x0_0x1_phys_0)\\Dedicated Usage"\n"now","inf"\n',
        '"a","b"\n"c","d"\n',
        "\x00\x01,\x02",
    ],
)
def test_anything_else_is_no_memory(text: str) -> None:
    assert memory_by_process(text.splitlines()) == {}


def test_windows_own_program_is_started_by_its_full_path() -> None:
    assert typeperf({"SYSTEMROOT": r"D:\Windows"})[0] == r"D:\Windows\System32\typeperf.exe"
    assert typeperf({})[0] == r"C:\Windows\System32\typeperf.exe"


def told_by(counters: SystemCounters) -> Mapping[int, int]:
    """What it tells once its program has ended."""
    deadline = time.monotonic() + 30
    while not (told := counters.read()) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    return told


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def asked(counters: SystemCounters) -> set[psutil.Process]:
    """Ask once, and the programs that were started for it."""
    before = children()
    counters.read()
    return children() - before


def test_it_never_waits_and_tells_when_the_program_has_ended() -> None:
    counters = SystemCounters([sys.executable, "-c", f"print({TOLD!r})"])
    assert counters.read() == {}
    assert told_by(counters)[9001204] == 104857600
    counters.close()


def test_a_program_that_never_ends_is_ended() -> None:
    now = [0.0]
    counters = SystemCounters([sys.executable, "-c", "import time; time.sleep(600)"], clock=lambda: now[0])
    (program,) = asked(counters)
    now[0] = GIVE_UP_S - 1
    counters.read()
    assert program.is_running()
    now[0] = GIVE_UP_S
    (another,) = asked(counters)
    assert not program.is_running()
    counters.close()
    assert not another.is_running()


def test_a_program_that_is_not_there_is_no_memory(tmp_path: Path) -> None:
    counters = SystemCounters([str(tmp_path / "typeperf.exe")])
    assert counters.read() == {}
    assert counters.read() == {}
    counters.close()


def test_what_nvml_does_not_tell_comes_from_the_counters() -> None:
    counters = SystemCounters([sys.executable, "-c", f"print({TOLD!r})"])
    source = NvmlSource(replayed("windows"), is_windows=True, counters=counters)
    source.read()
    told_by(counters)
    (card,) = source.read().devices
    assert {program.pid: program.memory for program in card.processes or ()} == {
        9001204: 104857600,
        9003300: None,
        9004242: 5033165800,
    }
    source.close()
