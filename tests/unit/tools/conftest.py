"""The real samples lie beside the project's folder; where they do not, their tests are not collected."""

from __future__ import annotations

from tests.unit.tools.made_projects import DATA

collect_ignore = [] if DATA.is_dir() else ["test_real_samples.py"]
