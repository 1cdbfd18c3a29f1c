"""What is drawn: a colour and a shape for each body part, a white rim, and lines only where there is a skeleton."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageColor

from launcher.projects.preview import is_plausible
from launcher.projects.preview_crop import Look
from launcher.projects.preview_draw import poster
from launcher.projects.preview_marks import Shape, mark, outline
from launcher.tools.frames import Animal, Point

GRAY = (90, 90, 90)
NATIVE = Look(640, 480, whole=True, zoom=1)


def drawn(animals: list[Animal], bones: list[tuple[int, int]] | None = None, look: Look = NATIVE) -> Image.Image:
    png = poster(Image.new("RGB", (640, 480), GRAY), animals, bones or [], look)
    assert is_plausible(png)
    return Image.open(io.BytesIO(png))


def test_marks_are_those_of_the_drawings() -> None:
    assert [(mark(part).colour, mark(part).shape.value) for part in range(7)] == [
        ("#0072B2", "●"), ("#E69F00", "▲"), ("#009E73", "▼"), ("#CC79A7", "■"), ("#56B4E9", "◆"),
        ("#D55E00", "★"), ("#F0E442", "✚"),
    ]  # fmt: skip


def test_no_two_of_many_body_parts_look_the_same() -> None:
    assert len({mark(part) for part in range(49)}) == 49


@pytest.mark.parametrize("shape", Shape)
def test_shapes_look_about_equally_large(shape: Shape) -> None:
    corners = outline(shape)
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    area = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2
    assert 1.7 < area < 3.3
    assert max(max(abs(x), abs(y)) for x, y in corners) < 1.5


def test_a_point_has_its_colour_in_its_place_and_a_white_rim() -> None:
    seen = drawn([[Point(0, 100, 100), Point(1, 500, 400)]])
    for part, place in ((0, (100, 100)), (1, (500, 400))):
        assert seen.getpixel(place) == ImageColor.getrgb(mark(part).colour)
        around = seen.crop((place[0] - 20, place[1] - 20, place[0] + 20, place[1] + 20))
        assert (255, 255, 255) in set(around.get_flattened_data())
    assert seen.getpixel((300, 250)) == GRAY, "there is no skeleton"


def test_a_line_joins_what_the_skeleton_joins_and_that_can_be_seen() -> None:
    points = [Point(0, 100, 100), Point(2, 500, 100), Point(3, 500, 400)]
    seen = drawn([points], [(0, 2), (1, 3)])
    assert seen.getpixel((300, 100)) != GRAY
    assert seen.getpixel((500, 250)) == GRAY and seen.getpixel((300, 250)) == GRAY


def test_every_animal_is_drawn() -> None:
    seen = drawn([[Point(0, 100, 100)], [Point(0, 500, 400)]])
    assert seen.getpixel((100, 100)) == seen.getpixel((500, 400)) != GRAY


def test_a_frame_without_labels_stays_as_it_is() -> None:
    assert set(drawn([]).get_flattened_data()) == {GRAY}


def test_points_outside_the_frame_draw_nothing() -> None:
    assert set(drawn([[Point(0, -900, 100), Point(1, 1e9, -1e9)]]).get_flattened_data()) == {GRAY}


def test_a_poster_has_exactly_the_size_that_was_asked_for() -> None:
    assert drawn([[Point(0, 5, 5)]], look=Look(512, 292)).size == (512, 292)


@pytest.mark.parametrize("places", [1, 4, 24, 300])
def test_many_points_close_together_get_smaller_marks(places: int) -> None:
    crowd = [Point(part, 300 + part % 17, 200 + part % 11) for part in range(places)]
    seen = drawn([crowd])
    changed = sum(pixel != GRAY for pixel in seen.get_flattened_data())
    assert 0 < changed < 4000
