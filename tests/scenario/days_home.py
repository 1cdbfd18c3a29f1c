"""Random days: where the home prefix lies, how much room it has, and copies that its admin makes of what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.rules import Fault, Rule
from tests.scenario.contents import content_of, in_place_of_folders, twins_of
from tests.scenario.days_computers import AWAY, BAD_USAGE, CONFLICTS, DONE, NAMED, NAMES, REFUSED, Computer
from tests.scenario.days_files import DEEPLABCUT
from tests.scenario.days_lab import Lab
from tests.scenario.days_leaving import BROUGHT
from tests.scenario.days_watching import DAY_S

#: The smallest quota that a site can have is 1 GB, which is reached by copies of one part on the server.
_PART_BYTES, _PARTS = 64 * 1024 * 1024, 16
_OTHERS_OBJECT = "person/recordings of another program.bin"


class HomePrefix(Lab):
    """Steps in which the admin changes where work is saved, and how much of it."""

    #: Its bytes are real ones, so that it is done once a day.
    _was_full = False

    def home_moves(self) -> None:
        """The home prefix is copied to another bucket, as bytes alone, and is there from now on.

        All times and versions are other ones then, and nothing is known of an object beside its content.
        """
        is_all_saved = all(any(key.startswith(f"{one}/") for key in self.ledger.current) for one in self.projects)
        if self._busy() or not is_all_saved or any(one.closed for one in self.computers):
            return
        for computer in self.computers:
            for folder in list(computer.folders.values()):
                if folder.is_dir() and self.chance.random() < 0.6:
                    self._run(computer, "save", folder, "--json")
        self._end_leases()
        self._copy_home()
        for computer in self.computers:
            for project in list(computer.folders):
                self._follows_home(computer, project)

    def _copy_home(self) -> None:
        self._count += 1
        before, self.home = self.home, f"home-{self.seed}-{os.getpid()}-{self._count}"
        self.left_homes.append(before)
        self.s3.create_bucket(Bucket=self.home)
        if self.ledger.lists_versions:
            self.s3.put_bucket_versioning(Bucket=self.home, VersioningConfiguration={"Status": "Enabled"})
        for key, data in self.site.objects(before).items():
            self.s3.put_object(Bucket=self.home, Key=key, Body=data)
        for computer in self.computers:
            computer.site.home_bucket = self.home
            computer.site.write()
            self._give(computer)
        self.ledger.home_was_copied()
        self._note(f"   the home prefix lies in {self.home} now")

    def _follows_home(self, computer: Computer, project: str) -> None:
        """As the words say: the project is brought again into its folder, and saved."""
        folder = computer.folders[project]
        if folder.is_dir() and self.chance.random() < 0.5:
            self._edit_one(computer, project, folder)
            first: list[list[str | Path]] = [["save", folder], ["finish", "--deadline", "20"]]
            self._run(computer, *self.chance.choice(first), "--json", may_be=(BAD_USAGE,))
        if self.chance.random() < 0.3:
            self._strike(computer, "stage", self._home(project), folder, most=25)
        brought = self._bring_again(computer, project)
        if brought.code not in BROUGHT:
            return
        self._is_told(computer, project, brought)
        self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))

    def brought_from_copy(self) -> None:
        """What is saved of a project is copied into the lab, and comes from there as a project of its own."""
        keys = [key for key in self.ledger.current if key.startswith(f"{self.projects[0]}/")]
        if self.kind is not DEEPLABCUT or self._busy() or f"{self.projects[0]}/{self.kind.main}" not in keys:
            return
        self._count += 1
        copied, project = f"copied-{self._count}/", self.projects[0]
        home = self.site.objects(self.home, f"person/projects/{project}/")
        there = {key.removeprefix(f"person/projects/{project}/"): data for key, data in home.items()}
        for path, data in there.items():
            self.s3.put_object(Bucket=self.data, Key=f"{copied}{path}", Body=data)
        self._note(f"   {project} is copied to {copied}")
        uri, fresh = f"{self.site.data_uri}{copied}", self._fresh_computer()
        fresh.has_folders_for_files = self.computers[0].has_folders_for_files
        self._is_refused_in_another(uri)
        done = self._run(fresh, "stage", uri, "--json")
        if done.code not in (DONE, NAMED, NAMES):
            raise self.wrong(f"{fresh.name}: a copy of {project} did not come: {done.code} {done.err}")
        refused = twins_of(there) | in_place_of_folders(there)
        told = {row["key"] for row in done.json["skipped"]}
        here = self.ledger.disk(fresh.name, done.json["project"], Path(done.json["dir"]))
        differ = {path for path in {*here, *there} - told if here.get(path) != content_of(there.get(path, b""))}
        if (differ and self.kind.main not in told) or refused - told:
            raise self.wrong(f"{fresh.name}: a copy of {project} came otherwise: {done.code} {done.err} {differ}")
        for key in self.site.objects(self.data, copied):
            self.s3.delete_object(Bucket=self.data, Key=key)

    def _is_refused_in_another(self, uri: str) -> None:
        if (chosen := self._someone_free()) is None or not self._is_known(chosen[0], chosen[1]):
            return
        computer, _, folder = chosen
        done = self._run(computer, "stage", uri, folder, may_be=(BAD_USAGE,))
        if done.code != BAD_USAGE:
            raise self.wrong(f"{computer.name}: another project was brought into {folder}: {done.code} {done.err}")

    def quota_reached(self) -> None:
        """The room of the home prefix is used up in mid-day, and there is more of it later."""
        if (chosen := self._someone_free()) is None:
            return
        computer, project, folder = chosen
        self._edit_one(computer, project, folder)
        if self.chance.random() < 0.5:
            self._nothing_fits(computer, project)
        elif not self._was_full:
            self._was_full = True
            self._over_the_quota(computer, project)
        self._saved(computer, project, self._run(computer, "save", folder, "--json"))

    def _nothing_fits(self, computer: Computer, project: str) -> None:
        """The server takes nothing more; with any luck a list still fits, or only one that is shorter."""
        ours, often = f"/{self.home}/person/", self.chance.choice([0.3, 1.0, 1.0])
        places = self.chance.choice([f"{ours}*", f"{ours}projects/*"])
        rule = Rule(Fault.REFUSED, method="P*", path=places, status=403, code="QuotaExceeded", probability=often)
        with self._faults(computer, [rule]):
            for _ in range(self.chance.choice([1, 2])):
                arguments = self._quick_command(computer, project)
                done = self._run(computer, *arguments, "--json", may_be=(AWAY, REFUSED))
                row = self._status(computer, project)
                if arguments[0] == "save" and done.code in (DONE, CONFLICTS) and row and not row["all_saved"]:
                    raise self.wrong(f"{computer.name}: save on a full server said {done.code}, and status says {row}")
                self._edit_one(computer, project, computer.folders[project])

    def _over_the_quota(self, computer: Computer, project: str) -> None:
        text = computer.site.file.read_text()
        with self._more_than_a_gb():
            computer.site.file.write_text(f"{text}[save]\nquota_gb = 1\n")
            self._note(f"   {computer.name}: the home prefix holds more than its quota")
            self._works_on(computer, project)
            computer.site.file.write_text(f"{text}[save]\nquota_gb = 2\n")
            self._note(f"   {computer.name}: there is more room")
            self._says_of_its_room(computer, is_over=False)
        computer.site.file.write_text(text)

    @contextmanager
    def _more_than_a_gb(self) -> Iterator[None]:
        bucket, key, part = self.home, _OTHERS_OBJECT, "person/one part.bin"
        self.s3.put_object(Bucket=bucket, Key=part, Body=bytes(_PART_BYTES))
        upload = self.s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        where = {"Bucket": bucket, "Key": key, "UploadId": upload}
        parts = []
        for number in range(1, _PARTS + 1):
            copied = self.s3.upload_part_copy(CopySource={"Bucket": bucket, "Key": part}, PartNumber=number, **where)
            parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
        self.s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
        try:
            yield
        finally:
            for one in (key, part):
                versions = self.s3.list_object_versions(Bucket=bucket, Prefix=one)
                for row in versions.get("Versions", []):
                    self.s3.delete_object(Bucket=bucket, Key=one, VersionId=row["VersionId"])

    def _works_on(self, computer: Computer, project: str) -> None:
        """All work is saved all the same; what was replaced longer than an hour ago may go."""
        for seconds in (0.0, self.chance.choice([1.2, 3.0]) * DAY_S, 3.5 * DAY_S):
            self._edit_one(computer, project, computer.folders[project])
            self.ledger.is_old = seconds > 0
            with self._faults(computer, [Rule(Fault.CLOCK, seconds=seconds)]):
                self._saved(computer, project, self._run(computer, "save", computer.folders[project], "--json"))
            self.ledger.is_old = False
            if self.chance.random() < 0.5:
                self._goes_on(computer, project)
        self._says_of_its_room(computer, is_over=True)

    def _says_of_its_room(self, computer: Computer, *, is_over: bool) -> None:
        said = self._run(computer, "status", "--json").json["storage"]
        if bool(said["message"]) != is_over and not self._busy():
            raise self.wrong(f"{computer.name}: over its quota: {is_over}, and it says {said}")
