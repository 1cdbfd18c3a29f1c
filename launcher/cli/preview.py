"""`preview URI -o FILE.png`: what a project or a video looks like."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from launcher.cli.context import Context, in_words
from launcher.desk.pictures import Made
from launcher.errors import BadUsage
from launcher.projects.disk_errors import disk_error
from launcher.projects.preview_crop import LARGEST, Look
from launcher.tools.frames import Wanted
from launcher.tools.media import is_image, is_video

HELP = "poster of a project, with its labels drawn, or frame of a video"
CARD = (1024, 584)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project or video, and where the picture goes."""
    parser.add_argument("uri", metavar="URI")
    parser.add_argument("-o", "--output", metavar="FILE.png", type=Path, required=True)
    parser.add_argument(
        "--frame", metavar="N", type=int, help="frame N of the video, or labelled frame N of the project, from 0"
    )
    parser.add_argument("--size", metavar="WxH", help="size in pixels; a video keeps its own unless it is larger")
    parser.add_argument("--whole", action="store_true", help="the whole frame, not filled with the animal")


def run(context: Context) -> None:
    """Make it and write it."""
    arguments = context.arguments
    if arguments.frame is not None and arguments.frame < 0:
        raise BadUsage(f"--frame {arguments.frame}", hint="Frames are counted from 0.")
    made = _made(context)
    if not arguments.dry_run:
        try:
            arguments.output.write_bytes(made.pictures[0])
        except OSError as exc:
            raise disk_error(exc, arguments.output) from exc
    _tell(context, made)


def _made(context: Context) -> Made:
    arguments, pictures = context.arguments, context.desk.pictures
    size = _size(arguments.size)
    if not arguments.uri.endswith("/") and (is_video(arguments.uri) or is_image(arguments.uri)):
        look = Look(*size, arguments.whole) if size else Look(LARGEST, LARGEST, whole=True, zoom=1.0)
        return pictures.of_file(arguments.uri, arguments.frame or 0, look)
    look = Look(*(size or CARD), arguments.whole)
    # The card says in which state the project is, so that its picture can be remembered for the window.
    card = context.desk.show(arguments.uri)
    for finding in card["health"]:
        if finding["code"] == "video-missing":  # then a picture may show the labels alone
            context.say(f"{finding['message']} {finding['hint']}")
    return pictures.of_project(card, look, Wanted(number=arguments.frame))


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None:
        raise BadUsage(f"--size {text}", hint="Write it as 512x292.")
    return int(match[1]), int(match[2])


def _tell(context: Context, made: Made) -> None:
    width, height = (int.from_bytes(made.pictures[0][at : at + 4], "big") for at in (16, 20))
    arguments, seconds = context.arguments, round(made.seconds, 3)
    if context.as_json:
        place = {"uri": arguments.uri, "file": str(arguments.output), "width": width, "height": height}
        told = {"video": dict(made.facts)} if made.facts else {}
        context.document({**place, "bytes_read": made.bytes_read, "seconds": seconds, **told})
        return
    context.line(str(arguments.output))
    if arguments.verbose:
        source = "remembered" if made.is_remembered else f"{in_words(made.bytes_read)} read"
        context.say(f"{width} x {height} pixels, {source}, {seconds} s")
