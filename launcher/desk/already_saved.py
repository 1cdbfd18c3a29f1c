"""A save that has nothing to do, known by the last look alone: neither the journal nor the catalogue is opened.

To open the two takes longer than to look at thousands of files. Whatever is not just as it was then is left to a save
as any other.
"""

from __future__ import annotations

import time
from pathlib import Path

import launcher
from launcher import errors
from launcher.desk.parts import JOURNAL, Parts, Setup
from launcher.journal.identity import identity_of
from launcher.projects.private_folder import make_private
from launcher.projects.tree import Tree
from launcher.projects.whose import Unreadable, is_folder_of
from launcher.saving.last_look import RULES, Look, digest_of, file_of, files_in, kept
from launcher.saving.report import SaveReport
from launcher.session.facts import SessionFacts


def setting_of(catalogue: str, facts: SessionFacts) -> str:
    """Stands for all that decides where a project is saved, and what of it: the catalogue's text, and who is here."""
    return digest_of(launcher.__version__, str(RULES), catalogue, facts.access_mode, facts.user_hash, facts.user)


def already_saved(desk: Parts, folder: Path) -> SaveReport | None:
    """What a save of the project in this very folder would report, if it is known that it has nothing to do."""
    began, wanted = time.monotonic(), folder.absolute()
    look = kept(file_of(desk.setup.state.path, wanted))
    if look is None or not look.is_all or not _is_as_then(look, desk.setup) or not _has_files(desk, wanted, look):
        return None
    report = SaveReport(look.project, look.home, unchanged=look.unchanged, by_reference=look.by_reference)
    report.seconds = time.monotonic() - began
    return report


def all_already_saved(desk: Parts) -> list[SaveReport] | None:
    """The same for every project of this computer; None if that is not known of each."""
    for file in files_in(desk.setup.state.path):
        look = kept(file)
        if look is not None and _is_as_then(look, desk.setup):  # so it names the projects that there are now
            reports = [report for folder in look.folders if (report := already_saved(desk, Path(folder))) is not None]
            return reports if len(reports) == len(look.folders) else None
    return None


def _has_files(desk: Parts, folder: Path, look: Look) -> bool:
    tree = Tree(folder)
    try:
        if not is_folder_of(folder, look.project):
            return False
        is_same = look.tree == tree.look_ahead() and not tree.left_out
    except (errors.NotFound, Unreadable):
        return False  # the save says what is the matter, and goes on with the next project
    desk.trees[folder] = tree
    return is_same


def _is_as_then(look: Look, setup: Setup) -> bool:
    make_private(setup.state.path)
    journal = identity_of(setup.state.path / JOURNAL)
    if setup.site is None or not journal or look.journal != journal:
        return False
    try:
        catalogue = setup.site.path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return False
    return look.setting == setting_of(catalogue, setup.facts)
