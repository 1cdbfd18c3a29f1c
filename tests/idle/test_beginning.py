"""Window and saver are started, and left alone while the other tests run."""

from __future__ import annotations

import pytest

from tests.idle.conftest import IdlePair


@pytest.mark.begins
@pytest.mark.timeout(900)
def test_a_person_starts_the_program_and_goes_for_coffee(begun: IdlePair) -> None:
    assert begun.told("begun")
