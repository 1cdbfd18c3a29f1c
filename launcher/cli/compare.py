"""`compare SPEC.toml -o DIR [--data DIR]`: judge models on one shared split, and write the page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.cli.asking import asker
from launcher.cli.context import Context
from launcher.desk.comparing import compare

if TYPE_CHECKING:
    from launcher.compare.writing import Written

HELP = "judge trained models on one shared split, and write the report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The spec, where the answer goes, and where the spec's files lie."""
    parser.add_argument("spec", metavar="SPEC.toml", type=Path, help="what is to be compared")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="a new folder for the answer")
    parser.add_argument("--trust", action="store_true", help="yes, the projects may run the code that they carry")
    parser.add_argument("--data", metavar="DIR", type=Path, help="where the spec's relative files lie; else beside it")


def run(context: Context) -> None:
    """Judge, write, and say in a few lines what was found."""
    arguments = context.arguments
    if arguments.dry_run:
        from launcher.compare.spec import load_spec

        loaded = load_spec(arguments.spec, arguments.data)
        context.would(
            f"{len(loaded.spec.model)} models would be compared, and the answer written to {arguments.output}"
        )
        return
    tell_written(
        context,
        compare(context.desk, arguments.spec, arguments.output, arguments.data, context.say, asker(context)),
    )


def tell_written(context: Context, written: Written) -> None:
    """What was found, or all of it as JSON."""
    if context.as_json:
        context.document({"dir": str(written.folder), "page": str(written.page), **written.document})
    else:
        _tell(context, written)


def _tell(context: Context, written: Written) -> None:
    found = written.document["comparison"]
    for model in found["models"]:
        for row in model["rows"]:
            context.line(f"{model['name']}: {_in_words(row)}")
        if model["clip"]:
            context.line(
                f"{model['name']}: {_number(100 * model['clip']['missing'], 1)} % of points missing on the clip"
            )
        for told in model["told"]:
            context.line(f"{model['name']}: told {told['value']:.4g} px ({told['called']}). {told['reason']}")
    for pair in found["pairs"]:
        context.line(pair["sentence"])
    context.line(str(written.page))


def _in_words(row: Mapping[str, Any]) -> str:
    """One model on one set of frames."""
    mean, coverage = row["numbers"]["mean_px"], row["numbers"]["coverage"]
    not_ranked = f"; not ranked: {row['why_not']}" if row["why_not"] else ""
    if mean["value"] is None:
        return f"none of the labelled points of {row['frames']} was found{not_ranked}"
    between = f"{_number(mean['low'], 2)} to {_number(mean['high'], 2)}"
    return (
        f"{mean['value']:.6f} px mean error on {row['frames']} ({between}), "
        f"{_number(100 * coverage['value'], 1)} % of labelled points found{not_ranked}"
    )


def _number(value: float | None, digits: int) -> str:
    return "none" if value is None else f"{value:.{digits}f}"
