"""What the list of a saved project names, and the bucket has no more: whoever brings the project has to hear of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from launcher.config.plain import typed
from launcher.journal.manifest import Manifest
from launcher.projects.find import FoundProject
from launcher.projects.source import S3Source
from launcher.projects.stage_plan import Profile, in_order
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


def _words(where: S3Uri, at: str) -> str:
    return (
        "it was saved, and somebody deleted it in the bucket since; what is kept of it comes back with "
        f"`pose-launcher restore {typed(where)} --at {at}`, or from a computer that still has it: `verify` there, "
        "then save"
    )
