"""The log that a person can send: what is in it, and when there is none."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from launcher.ui.logbook import NAME, keep_log


def test_a_mistake_of_ours_is_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = keep_log(tmp_path)
    try:
        logging.getLogger("launcher.ui.running").info("all is well")
        logging.getLogger("botocore").error("somebody else's words, which may hold an address with a key")
        assert not (tmp_path / NAME).exists(), "a window that is well leaves no log"
        unforeseen = ValueError("nobody foresaw this")
        logging.getLogger("launcher.ui.running").error("the runs are not known", exc_info=unforeseen)
    finally:
        logging.getLogger("launcher").removeHandler(kept)
        kept.close()
    text = (tmp_path / NAME).read_text(encoding="utf-8")
    assert "ERROR launcher.ui.running: the runs are not known" in text
    assert "ValueError: nobody foresaw this" in text and "botocore" not in text
    caplog.clear()  # these were wanted
