"""What the sampler saw of the GPU, as the bar says it."""

from __future__ import annotations

from launcher.gpu import words as gpu_words
from launcher.gpu.sampler import Snapshot
from launcher.ui.gpu_seen import GpuSeen


def gpu_seen(snapshot: Snapshot) -> GpuSeen:
    """A snapshot of the sampler, as the bar says it; of several devices the first is shown."""
    reading, verdict = snapshot.look.reading, snapshot.look.verdict
    if not reading.devices:
        return GpuSeen(verdict.code.value, verdict.reason)
    first = reading.devices[0]
    used = "" if first.utilization is None else f"{first.utilization} %"
    numbers = " · ".join(part for part in (used, gpu_words.memory(first)) if part)
    history = [one.devices[0].utilization or 0 for one in snapshot.history if one.devices]
    return GpuSeen(verdict.code.value, verdict.reason, gpu_words.short_name(first), numbers, history)
