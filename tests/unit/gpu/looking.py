"""A look at a replayed driver, closed again."""

from __future__ import annotations

from contextlib import closing

from launcher.gpu.look import Gpu, Look
from launcher.gpu.nvml import NvmlSource
from launcher.gpu.owners import ToolNow
from tests.fixtures.nvml.replay import replayed

#: The program that calculates in every trace; no computer gives such a number.
WORKER = 9004242


def look_at(trace: str, *tools: ToolNow, frame: int = 0, is_windows: bool = False) -> Look:
    driver = replayed(trace)
    for _ in range(frame):
        driver.advance()
    with closing(Gpu(NvmlSource(driver, is_windows=is_windows), lambda: tools)) as gpu:
        return gpu.look()
