"""The launcher on the image: it starts, reads its site, takes a project around, and its session scripts keep time."""

from __future__ import annotations

import json
import time
from pathlib import Path

from installer.image.looks.asking import Image, Seen, answer, complaint, document
from launcher import errors
from launcher.config.site import load_site


def launcher_starts(image: Image) -> Seen:
    """The program that the catalogue starts."""
    done = image.ask("--version")
    return done.returncode == 0, (done.stdout or done.stderr).strip()[-200:], "Run the build again."


def site_file(image: Image) -> Seen:
    """Read as the launcher reads it."""
    try:
        site = load_site(Path(image.layout.site)).site
    except errors.LauncherError as exc:
        return False, f"{exc.title}: {exc.subject}", exc.hint
    told = [] if site.broker.url else ["no broker: people are apart by convention only"]
    return True, "; ".join([f"{len(site.bucket)} buckets", *told]), ""


def round_trip(image: Image) -> Seen:
    """Seen, brought, changed, saved, verified, on a real S3 server of this machine."""
    done = image.ask("demo", "--headless", "--json")
    told = document(done)
    if not isinstance(told, dict) or not isinstance(told.get("steps"), list):
        return False, complaint(done), "Run `pose-launcher demo --headless` by hand."
    failed = [step["name"] for step in told["steps"] if not step["ok"]]
    return (
        done.returncode == 0 and not failed,
        ", ".join(failed) or f"{len(told['steps'])} steps",
        "See the step named.",
    )


def session_scripts(image: Image) -> Seen:
    """Both end in their time and with 0, whatever they find."""
    folder = Path(image.layout.scripts)
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as exc:
        return False, str(exc), "Run the build again."
    said: list[str] = []
    with image.session() as session:
        for event in ("SessionStart", "SessionTermination"):
            rows = {key.lower(): value for key, value in config[event].items()}
            for row in rows["executables"]:
                low = {key.lower(): value for key, value in row.items()}
                script = folder / Path(low["filename"].replace("\\", "/")).name
                began = time.monotonic()
                done = answer([str(script), image.layout.program], session.environ, rows["waitingtime"])
                said.append(f"{script.name} {time.monotonic() - began:.1f} of {rows['waitingtime']} s")
                if done.returncode:
                    return False, f"{said[-1]}, exit {done.returncode}", "See its log in the state dir."
    return True, ", ".join(said), ""
