"""What every command of the admin gets: the site file, the cloud, and a way to print."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from dataclasses import dataclass, field

from installer.cloud import Cloud
from launcher import errors
from launcher.config.find import find_site
from launcher.config.plain import plain
from launcher.config.site import LoadedSite, load_site


@dataclass
class Context:
    """One command on its way: data goes to stdout, everything else to stderr."""

    arguments: argparse.Namespace
    codes: list[int] = field(default_factory=list)

    @functools.cached_property
    def loaded(self) -> LoadedSite:
        """The site file; without one nothing of the admin's can be done."""
        found = find_site(self.arguments.site, os.environ)
        if found is None:
            raise errors.BadUsage(
                title="No site file was named", hint="Name it with --site FILE; resources/site.example.toml is one."
            )
        return load_site(found.path)

    @functools.cached_property
    def cloud(self) -> Cloud:
        """The services, by the admin's own credentials."""
        region = self.arguments.region or self.loaded.site.s3.region
        return Cloud.of(region, self.arguments.profile, self.arguments.endpoint)

    @property
    def dry_run(self) -> bool:
        """Nothing may be changed."""
        return bool(self.arguments.dry_run)

    @property
    def as_json(self) -> bool:
        """One JSON document on stdout was asked for."""
        return bool(self.arguments.json)

    def document(self, data: object) -> None:
        """Print the one JSON document."""
        print(json.dumps(data, indent=1, ensure_ascii=False), flush=True)

    def line(self, text: str) -> None:
        """One line of data for a person; text from outside cannot steer the terminal."""
        print(plain(text), flush=True)

    def say(self, text: str) -> None:
        """A message beside the data."""
        if not self.arguments.quiet:
            print(plain(text), file=sys.stderr, flush=True)

    def problem(self, exc: errors.LauncherError) -> None:
        """Tell an error in words, and remember its exit code."""
        self.codes.append(exc.exit_code)
        print(plain(str(exc)), file=sys.stderr, flush=True)
        if self.arguments.verbose and exc.detail:
            print("\n".join(plain(line) for line in exc.detail.splitlines()), file=sys.stderr, flush=True)

    def exit_code(self) -> int:
        """Of everything that went wrong, what the caller learns."""
        return errors.worst_of(self.codes)
