"""Moments as HTTP writes them. Something on the way may say anything: whatever is wrong is one kind of error."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def moment_of(text: str) -> datetime:
    """In UTC, also where no zone is told; raises `ValueError` for what is no moment."""
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as exc:
        raise ValueError(f"no moment: {text[:80]!r}") from exc
