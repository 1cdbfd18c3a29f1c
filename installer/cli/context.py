"""What every command of the admin gets: the site file, the cloud, and a way to print."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

from installer.cloud import Cloud
from launcher import errors
from launcher.command_line import Speaker
from launcher.config.find import find_site
from launcher.config.site import LoadedSite, load_site


@dataclass
class Context(Speaker):
    """One command on its way, with the site file and the services that it asks."""

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
