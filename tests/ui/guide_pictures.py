"""Pictures for the admin's guide: `python -m tests.ui.guide_pictures --out DIR`. Needs chromium; part of no check.

The page is the program's own, from a month of sessions that nobody had.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from installer.image.plan import RESOURCES
from installer.usage.page import Month, page
from installer.usage.reports import Ended
from installer.usage.summary import load_prices, per_person, without_price

_G4DN, _G5 = "stream.graphics.g4dn.xlarge", "stream.graphics.g5.xlarge"
_SESSIONS = (
    ("ann.lee@lab.example.org", _G4DN, 14_400),
    ("ann.lee@lab.example.org", _G4DN, 27_900),
    ("bob.moe@lab.example.org", _G4DN, 5_400),
    ("eve.roe@neuro.lab.example.org", _G5, 19_800),
    ("kim.doe@lab.example.org", "stream.standard.medium", 3_600),
)


def main() -> int:
    """Draw them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "usage.html")
        file.write_text(_usage(), encoding="utf-8")
        _draw(file, out / "usage.png")
    return 0


def _usage() -> str:
    sessions = [
        Ended(str(number), user, "pose", kind, "2026-11-02T09:00:00Z", seconds)
        for number, (user, kind, seconds) in enumerate(_SESSIONS)
    ]
    prices = load_prices(RESOURCES / "prices.toml", "linux")
    people, missing = per_person(sessions, prices), without_price(sessions, prices)
    return page(Month("Behaviour core", "2026-11", people, list(prices.values()), 0, missing))


def _draw(page_file: Path, picture: Path) -> None:
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,640"]
    subprocess.run(
        [*command, f"--screenshot={picture}", page_file.as_uri()],
        stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120,
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
