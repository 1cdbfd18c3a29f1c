"""What the list of a saved project names, and a bucket has no more: whoever brings the project has to hear of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from launcher import errors
from launcher.config.plain import typed
from launcher.journal import ProjectRecord
from launcher.journal.manifest import Manifest
from launcher.projects.find import FoundProject
from launcher.projects.source import S3Source
from launcher.projects.stage_plan import Profile, in_order
from launcher.projects.staging.arrivals import Wanted
from launcher.storage.crew import at_work
from launcher.storage.store import Store
from launcher.storage.uri import S3Uri
from launcher.tools import tool

_LOOKS_AT_ONCE = 16


def lost_there(
    manifest: Manifest, found: FoundProject, source: S3Source, store: Store, profile: Profile, here: Collection[str]
) -> Mapping[str, str]:
    """What the profile would need, and is neither there nor here, with the reason in words.

    What was saved between the look at the bucket and that at the list is there by now, so each is asked for once more.
    """
    there = {source.root.child(found.folder_path(path)).key for path in found.members}
    named = {path: file.key for path, file in manifest.files.items() if file.key not in there and path not in here}
    wanted, _ = in_order(tool(found.tool_id), named, profile, found.marker)

    def is_gone(path: str) -> bool:
        return store.objects.head(S3Uri(source.root.bucket, named[path])) is None

    with at_work(wanted, is_gone, _LOOKS_AT_ONCE, "lost") as outcomes:
        gone = {outcome.job for outcome in outcomes if outcome.result()}
    return {path: _words(S3Uri(source.root.bucket, named[path]), manifest.saved_at) for path in sorted(gone)}


def why_not(exc: errors.LauncherError, file: Wanted, record: ProjectRecord, *, is_from_home: bool) -> str:
    """Why a file did not come, and what to do; a reference that leads to nothing is no matter of trying again."""
    if not isinstance(exc, errors.ChangedMeanwhile | errors.NotFound):
        return f"{exc.title}. {exc.hint}"
    what = "replaced" if isinstance(exc, errors.ChangedMeanwhile) else "deleted"
    where = str(file.ref.where)
    if not is_from_home or where.startswith(record.home):
        return f"somebody {what} it there while the project came. Bring the project once more"
    words = f"it is saved by reference to {where}, where somebody {what} it since"
    if not where.endswith(f"/{file.path}"):
        return words
    lab = where.removesuffix(file.path) + (record.marker if tool(record.tool_id).is_one_file else "")
    bring = f"pose-launcher stage {typed(lab)} {typed(record.dir)}"
    return f"{words}. Bring what the lab has now with `{bring}`, then save it, so that it comes to other computers, too"


def _words(where: S3Uri, at: str) -> str:
    return (
        "it was saved, and somebody deleted it in the bucket since; what is kept of it comes back with "
        f"`pose-launcher restore {typed(where)} --at {at}`, or from a computer that still has it: `verify` there, "
        "then save"
    )
