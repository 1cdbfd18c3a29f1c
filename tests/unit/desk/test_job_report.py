"""How a job that ended badly is told: what happened, that the labels are safe, and what to do."""

from __future__ import annotations

import pytest

from launcher.desk.job_report import problem_of, row
from launcher.runs.jobs import Job, JobLook, JobState
from launcher.runs.process import Used


def look(state: JobState = JobState.CRASHED, code: int | None = 1) -> JobLook:
    job = Job("r", "deeplabcut", "train", "p", "/p/config.yaml", "/p", 1.0, {})
    return JobLook(job, state, None, 1.0, 2.0, code, {"weights": "from scratch"}, None, Used(2.0, 1.5, 1000))


@pytest.mark.parametrize(
    ("log", "code", "words"),
    [
        # As torch on a CPU, numpy, torch on a GPU, torch.save, HDF5 and the system say it.
        (
            "RuntimeError: [enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you",
            1, "memory of this computer was not enough",
        ),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9.2 GiB", 1, "memory of this computer"),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate", 1, "The GPU's memory was not enough"),
        ("RuntimeError: [enforce fail at inline_container.cc:664] PytorchStreamWriter failed writing file data/1", 1,
         "The disk is full"),
        (
            "RuntimeError: [enforce fail at inline_container.cc:672] . unexpected pos 203305280 vs 203305168", 1,
            "The disk is full",
        ),
        ("OSError: [Errno 28] No space left on device", 1, "The disk is full"),
        ("OSError: Can't write data (file write failed: errno = 28, error message = ...)", 1, "The disk is full"),
        ("Epoch 1/2 (lr=0.1), train loss 0.1", -9, "The system ended it, most likely for want of memory"),
        ("pose-launcher: the labels changed while this waited in the queue", 20, "the labels changed"),
        ("", 1, "DeepLabCut ended before it was done"),
    ],
)  # fmt: skip
def test_what_happened_is_said_in_words(log: str, code: int, words: str) -> None:
    problem = problem_of(look(code=code), f"Traceback\n{log}\n")
    assert problem is not None and words in problem.what
    assert "labels are unchanged" in problem.data_safe and "runs log r" in problem.next


def test_a_good_end_has_no_problem() -> None:
    assert problem_of(look(JobState.EXITED, 0), "DefaultCPUAllocator: ") is None


def test_a_row_tells_what_was_used_and_where_it_began() -> None:
    told = row(look(), None)
    assert told["used"] == {"at": 2.0, "cpu_seconds": 1.5, "memory_bytes": 1000}
    assert told["weights"] == "from scratch"
