"""`ls URI`: one level of a place, or everything below it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from launcher.cli.context import Context

HELP = "one level of a place; --recursive streams everything below, one object a line"
_FIELDS = ("key", "size", "modified", "etag", "storage_class")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The place."""
    parser.add_argument("uri", metavar="URI")
    parser.add_argument("--recursive", action="store_true")


def run(context: Context) -> None:
    """List it; a failure on any page is no listing."""
    arguments = context.arguments
    pages = context.desk.list_prefix(arguments.uri, recursive=arguments.recursive)
    if arguments.recursive and context.as_json:
        for row in _objects(pages):
            context.row(row)
    elif context.as_json:
        context.document(_document(arguments.uri, pages))
    else:
        for page in pages:
            for prefix in page["prefixes"]:
                context.line(f"{'folder':>14}  {prefix}")
            for row in _rows(page):
                context.line(f"{row['size']:>14}  {row['modified']:24}  {row['key']}")


def _document(uri: str, pages: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """The one document. A page that fails after others came leaves it marked as truncated."""
    document: dict[str, Any] = {"uri": uri, "prefixes": [], "objects": [], "truncated": False}
    for page in pages:
        document["prefixes"] += page["prefixes"]
        document["objects"] += list(_rows(page))
    return document


def _objects(pages: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield from _rows(page)


def _rows(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (dict(zip(_FIELDS, row, strict=True)) for row in page["objects"])
