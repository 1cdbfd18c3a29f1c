"""What commands with `--dry-run` have in common that work on a project, wherever it is."""

from __future__ import annotations

from launcher.cli.context import Context
from launcher.desk.opening import Opening


def would_bring(context: Context, opening: Opening) -> bool:
    """Is it a rehearsal with a project that is not here? Then that is told, and nothing is brought."""
    is_rehearsed = context.arguments.dry_run and not opening.is_here(context.arguments.target)
    if is_rehearsed:
        context.would(f"{context.arguments.target} would be brought here first. Nothing was changed.")
    return bool(is_rehearsed)
