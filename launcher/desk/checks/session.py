"""Is it known who sits here, until when, and what the service offers? Are credentials there, and is the clock right?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.checks.check import Advice
from launcher.session import home_folder
from launcher.session.facts import home_uri, is_services_bucket
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

#: S3 refuses signatures of a clock that is off by fifteen minutes.
_SKEW_BREAKS_S, _SKEW_TOLD_S = 600.0, 60.0


def credentials(desk: Desk) -> str:
    """There, and fresh ones can be had: they change every hour in a stream."""
    from launcher.storage.credentials import read_keys

    s3 = desk.loaded.site.s3
    keys = read_keys(s3)
    kind = "they end and are renewed" if keys.token else "they do not end by themselves"
    place = f"profile {s3.profile}" if s3.profile else "the default places"
    if s3.broker_url:
        return f"the broker at {s3.broker_url} answers, {kind}"
    shared = "; there is no broker, so people of this fleet are apart by convention only"
    return f"found in {place}, {kind}{shared if desk.facts.is_in_a_stream else ''}"


def clock(desk: Desk) -> str:
    """Ours against the server's."""
    from launcher.storage import asked_once

    s3 = desk.loaded.site.s3
    answer = asked_once.ask(asked_once.address_of(s3), s3.ca_bundle, method="HEAD")
    if answer.server_time is None:
        raise Advice("the server tells no time", "Ends of sessions are reckoned by this computer's clock.")
    trusted = desk.session_clock.time
    trusted.tell(answer.server_time)
    off = trusted.skew_s or 0.0
    words = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the server"
    if abs(off) > _SKEW_BREAKS_S:
        hint = "Ask your admin to set it: S3 refuses what the mounts ask for. We go by the server's clock."
        raise errors.NotDone(title=f"The clock is {words}", hint=hint)
    if abs(off) > _SKEW_TOLD_S:
        raise Advice(f"the clock is {words}", "Times are shown by the server's clock; ask your admin to set it.")
    return words


def who(desk: Desk) -> str:
    """A person with a home of their own, outside the service's own bucket."""
    facts, home = desk.facts, desk.home
    if is_services_bucket(home.bucket):
        raise errors.NotDone(
            home,
            title="The home prefix lies in the bucket of the service's own Home Folders",
            hint="Two writers on one key lose data. Ask your admin for a bucket of the lab's own in [home] uri.",
        )
    if facts.notices:
        raise Advice(f"{facts.user or 'not known'} ({facts.source}): {' '.join(facts.notices)}", _other_home(desk))
    return f"{facts.user or 'not known'} ({facts.source}), home {home}"


def _other_home(desk: Desk) -> str:
    """Is there a home under the other spelling of an e-mail address? Then that is where the files are."""
    facts = desk.facts
    lower = facts.user.lower()
    if "@" not in lower or lower == facts.user:
        return "The session goes on; tell your admin."
    from launcher.session.facts import user_hash

    other = home_uri(desk.loaded.site.home.uri, replace(facts, user=lower, user_hash=user_hash(lower)))
    page = desk.store.lister.page(S3Uri.parse(other), size=1)
    if not (page.objects or page.prefixes):
        return "Always sign in with the same spelling."
    return f"There is a home of {lower} with files in it: perhaps you signed in with another spelling before."


def limits(desk: Desk) -> str:
    """When the session ends, and whether an idle limit would cut a night of training."""
    row = desk.session()
    if not desk.facts.is_in_a_stream:
        return "not in a stream: the session has no end"
    idle = desk.loaded.site.session.idle_minutes
    if not row["limits"]:
        raise Advice(
            "it is not known when the session ends", "Ask your admin to write max_minutes into [session] of the site."
        )
    first = row["limits"][0]
    words = f"{first['name']} ends it first, at {first['ends']}"
    if idle:
        hint = "A tool that trains does not count as work. What it has written by then is saved."
        raise Advice(f"{words}; without keyboard or mouse it is disconnected after {idle} minutes", hint)
    return words


def home_folder_state(desk: Desk) -> str:
    """The service's own folder."""
    folder = home_folder.look(desk.facts, Path.home())
    if folder is None:
        return "not in a stream: there is none"
    if folder.state in (home_folder.State.READY, home_folder.State.NOT_ENABLED):
        return folder.message or f"ready at {folder.path}"
    if folder.state is home_folder.State.FAILED:
        raise errors.NotDone(
            folder.path, title=f"The Home Folder: {folder.message}", hint="What the launcher saves is not affected."
        )
    raise Advice(folder.message, "Wait a minute; what the launcher saves is not affected.")
