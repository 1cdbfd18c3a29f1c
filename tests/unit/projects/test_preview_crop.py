"""Which part of a frame a poster shows: the animal, never an empty arena, never more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.errors import BadUsage
from launcher.projects.preview_crop import Look, view
from launcher.tools.frames import Point

CARD = Look(512, 292)


def animal(*places: tuple[float, float]) -> list[Point]:
    return [Point(part, x, y) for part, (x, y) in enumerate(places)]


def share(points: list[Point], shown_width: int, places: list[tuple[float, float]]) -> float:
    across = [x for x, _ in places]
    return (max(across) - min(across)) / shown_width


def test_the_animal_fills_half_of_the_poster_and_is_in_its_middle() -> None:
    points = animal((600, 400), (700, 420))
    shown = view(1280, 1024, [points], CARD)
    places = [shown.place(point) for point in points]
    assert share(points, shown.width, places) == pytest.approx(0.5, abs=0.01)
    assert sum(x for x, _ in places) / 2 == pytest.approx(512 / 2)
    assert sum(y for _, y in places) / 2 == pytest.approx(292 / 2)


def test_a_single_point_is_shown_with_what_is_around_it() -> None:
    shown = view(640, 480, [animal((320, 240))], CARD)
    assert shown.box.width == 512 / 4 and shown.zoom == 4
    assert shown.place(Point(0, 320, 240)) == pytest.approx((256, 146), abs=3)


def test_at_the_edge_of_the_frame_the_animal_moves_out_of_the_middle() -> None:
    shown = view(640, 480, [animal((0, 0), (30, 10))], CARD)
    assert (shown.box.left, shown.box.top) == (0, 0)


def test_without_labels_the_middle_of_the_frame_is_shown_as_large_as_it_can_be() -> None:
    assert view(640, 480, [], CARD).box.middle == (320, 240)
    assert view(640, 480, [], CARD).box.width == 640
    assert view(400, 1000, [[]], CARD).box.width == 400
    assert view(2000, 292, [], CARD).box.height == pytest.approx(292)


def test_two_animals_beside_each_other_are_shown_together() -> None:
    left, right = animal((300, 200), (380, 220)), animal((400, 200), (470, 230))
    box = view(1280, 1024, [left, right], CARD).box
    assert box.left < 300 and box.left + box.width > 470


def test_of_animals_far_apart_the_largest_fills_the_poster() -> None:
    small, large = animal((10, 10), (40, 20)), animal((1100, 900), (1200, 930))
    box = view(1280, 1024, [small, large], CARD).box
    assert box.left > 40
    assert box.left < 1100 and box.left + box.width > 1200


def test_points_outside_the_frame_do_not_pull_the_view_along() -> None:
    near = view(640, 480, [animal((300, 200), (340, 220))], CARD)
    assert view(640, 480, [animal((300, 200), (340, 220), (-5000, 99999))], CARD) == near


def test_the_whole_frame_keeps_its_form_and_is_enlarged_only_so_far() -> None:
    points = [animal((1, 1))]
    shown = view(640, 480, points, Look(592, 600, whole=True))
    assert (shown.width, shown.height, shown.box.width, shown.box.height) == (592, 444, 640, 480)
    assert view(100, 50, points, Look(2000, 2000, whole=True)).width == 400
    assert view(100, 50, points, Look(2000, 2000, whole=True, zoom=1)).width == 100
    assert view(4000, 3, points, Look(100, 100, whole=True)).height == 1


@given(
    st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    st.lists(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=5), max_size=4),
    st.builds(Look, st.integers(16, 2048), st.integers(16, 2048), st.booleans()),
)
def test_a_view_never_leaves_the_frame(
    size: tuple[int, int], places: list[list[tuple[float, float]]], look: Look
) -> None:
    shown = view(*size, [animal(*one) for one in places], look)
    box = shown.box
    assert box.left >= -1e-6 and box.top >= -1e-6 and box.width > 0 and box.height > 0
    assert box.left + box.width <= size[0] + 1e-6 and box.top + box.height <= size[1] + 1e-6
    assert 0 < shown.width <= look.width and 0 < shown.height <= look.height


@pytest.mark.parametrize("size", [(0, 292), (512, 15), (4096, 292), (512, -1)])
def test_sizes_that_make_no_picture_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadUsage, match="16 to 2048 pixels"):
        Look(*size)
