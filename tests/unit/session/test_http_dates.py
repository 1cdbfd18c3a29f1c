"""Moments as HTTP writes them, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from launcher.saving.lease import age_s
from launcher.session.http_dates import moment_of
from launcher.storage.signing_clock import SigningClock

#: A `Date` of some hosts on the way; each of them was a mistake of ours at one place or another.
NONE = (
    "",
    "yesterday",
    "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
    "Fri, 31 Dec 9999 23:59:59 -2300",
    "Mon, 01 Jan 99999 00:00:00 GMT",
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_moment_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError, match="no moment"):
        moment_of(text)
    assert age_s(text, "Mon, 01 Jan 2024 00:00:00 GMT") == age_s("Mon, 01 Jan 2024 00:00:00 GMT", text) == 0.0
    assert not SigningClock().was_refused(text, 0.0)


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000", ""])
def test_without_a_zone_it_is_in_utc(zone: str) -> None:
    assert moment_of(f"Mon, 01 Jan 2024 12:00:00 {zone}") == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert age_s("Mon, 01 Jan 2024 12:00:00 GMT", f"Mon, 01 Jan 2024 12:01:00 {zone}") == 60.0
