"""Amounts: every number has its unit. Pure."""

from __future__ import annotations

from launcher.ui.texts import tr

_DECIMAL = 1000


def size(amount: int) -> str:
    """Bytes in decimal units."""
    value = float(amount)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < _DECIMAL:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= _DECIMAL
    return f"{value:.1f} TB"


def duration(seconds: float) -> str:
    """A length of time, as exact as it is useful."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return tr("{n} s", n=whole)
    if whole < 3600:
        return tr("{n} min", n=whole // 60)
    hours, minutes = divmod(whole // 60, 60)
    return tr("{h} h {m} min", h=hours, m=minutes) if minutes else tr("{h} h", h=hours)


def counted(number: int, one: str, many: str) -> str:
    """`1 video`, `1,100 videos`."""
    return tr(one, n=number) if number == 1 else tr(many, n=f"{number:,}")


def progress(done: int, total: int | None, rate: float) -> str:
    """`63 % · 112 MB/s · 8 s left`; what is not known is not said."""
    parts = [f"{percent(done, total)} %" if total else size(done)]
    if rate > 0:
        parts.append(tr("{size}/s", size=size(int(rate))))
        # The first bytes come slowly, and say nothing of the rest.
        if total and total > done and percent(done, total) > 0:
            parts.append(tr("{time} left", time=duration((total - done) / rate)))
    return " · ".join(parts)


def percent(done: int, total: int | None) -> int:
    """A whole number from 0 to 100; 100 only when it is all there."""
    if not total:
        return 0
    return 100 if done >= total else min(int(100 * done / total), 99)


def unbroken(text: str) -> str:
    """A number keeps its unit beside it when the line is broken."""
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in text.split(" · "))
