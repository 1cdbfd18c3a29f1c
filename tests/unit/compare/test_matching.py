"""Frames and body parts are matched by name, and asked about when that leaves a doubt."""

from __future__ import annotations

import pytest

from launcher.compare.matching import frame_rows, parts_in_order
from launcher.errors import NotDone
from launcher.tools.poses import Frame


def test_parts_in_another_order_are_matched_by_name_and_it_is_said() -> None:
    order, told = parts_in_order(("snout", "tail"), ("tail", "snout"), {}, "m")
    assert order == [1, 0] and "another order" in told[0]


def test_a_part_under_another_name_is_asked_about_with_the_line_to_add() -> None:
    with pytest.raises(NotDone, match=r'parts = \{ "Left_Ear" = "leftear" \}'):
        parts_in_order(("snout", "leftear"), ("snout", "Left_Ear"), {}, "m")
    order, told = parts_in_order(("snout", "leftear"), ("Left_Ear", "snout"), {"Left_Ear": "leftear"}, "m")
    assert order == [1, 0] and "Left_Ear is leftear" in told[-1]


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(NotDone, match="called snout"):
        parts_in_order(("snout",), ("snout", "nose"), {"nose": "snout"}, "m")


def pictures(*names: str) -> list[Frame]:
    return [Frame("", None, name) for name in names]


def test_pictures_are_known_by_folder_and_name_else_by_name() -> None:
    ours = pictures("labeled-data/a/img1.png", "labeled-data/b/img1.png")
    assert frame_rows(ours, pictures("x/b/img1.png", "x/a/img1.png"), "name", "m").at.tolist() == [1, 0]
    found = frame_rows(pictures("a/img1.png", "a/img2.png"), pictures("elsewhere/img2.png"), "name", "m")
    assert found.at.tolist() == [-1, 0] and "names of their pictures" in found.how


def test_names_that_stand_for_two_pictures_are_no_sign() -> None:
    with pytest.raises(NotDone, match="None of its frames"):
        frame_rows(pictures("a/img1.png", "b/img1.png"), pictures("c/img1.png"), "name", "m")


def test_a_number_alone_is_not_taken_for_a_picture() -> None:
    numbers = [Frame("", at) for at in range(3)]
    with pytest.raises(NotDone, match="None of its frames"):
        frame_rows([Frame("", 0, "a/img0.png")], numbers, "name", "m")
    assert frame_rows([Frame("", 2, "a/img2.png")], numbers, "number", "m").at.tolist() == [2]


def test_a_frame_that_is_there_twice_is_refused() -> None:
    with pytest.raises(NotDone, match="more than once"):
        frame_rows(pictures("a/1.png"), pictures("a/1.png", "a/1.png"), "name", "m")


def test_frames_of_videos_are_known_by_video_and_number() -> None:
    ours = [Frame("old/m1.mp4", 4), Frame("old/m2.mp4", 4)]
    found = frame_rows(ours, [Frame("new\\m2.avi".replace("\\", "/"), 4), Frame("new/m1.mp4", 4)], "name", "m")
    assert found.at.tolist() == [1, 0]
