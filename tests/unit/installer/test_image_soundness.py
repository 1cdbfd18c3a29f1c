"""Whether an image is sound, as the session's user finds it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.unit.installer.at_the_desk import Admin, Said
from tests.unit.installer.images import spec_text


def quick(admin: Admin, spec_file: Path, prefix: Path, *more: str | Path) -> Said:
    names = ["unprivileged", "site-file", "nothing-writable", "no-secret", "heavy-sync", "session-scripts"]
    return admin.run("image", "test", spec_file, "--root", prefix, "--json", *more, "--only", *names)


def test_findings_are_told_as_json_and_as_junit(admin: Admin, spec_file: Path, prefix: Path, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    said = quick(admin, spec_file, prefix, "--junit", junit)
    rows = {row["name"]: row for row in said.json["checks"]}
    assert rows["site-file"]["ok"]
    assert rows["heavy-sync"]["ok"]
    assert rows["session-scripts"]["ok"], "they end with 0 even where the launcher is missing"
    assert rows["unprivileged"]["ok"] is (os.geteuid() != 0)
    suite = ET.fromstring(junit.read_bytes())
    assert (suite.get("tests"), int(suite.get("failures", "0")) > 0) == ("6", not said.json["ok"])
    assert said.code == (0 if said.json["ok"] else 4)


@pytest.mark.parametrize(
    ("path", "text", "check"),
    [
        ("etc/pose-launcher/credentials", "aws_secret_access_key = abc\n", "no-secret"),
        ("etc/profile.d/keys.sh", "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n", "no-secret"),
        ("opt/appstream/SessionScripts/key.pem", "-----BEGIN RSA PRIVATE KEY-----\n", "no-secret"),
        ("etc/pip.conf", "[global]\nindex-url = https://ann:secret@wheels.lab.example.org/simple\n", "no-secret"),
        ("etc/rclone.conf", "[lab]\nsecret_access_key = abc\n", "no-secret"),
        ("etc/pose-launcher/site.toml", "schema = 2\n", "site-file"),
        ("etc/appstream/appstream.conf", "[storage]\nheavy_sync = 0\n", "heavy-sync"),
        ("opt/appstream/SessionScripts/pose-launcher-end.sh", "#!/bin/sh\nexit 3\n", "session-scripts"),
        ("opt/appstream/SessionScripts/config.json", "{", "session-scripts"),
    ],
)
def test_what_is_not_sound(admin: Admin, spec_file: Path, prefix: Path, path: str, text: str, check: str) -> None:
    (prefix / path).write_text(text)
    said = quick(admin, spec_file, prefix)
    assert check in {row["name"] for row in said.json["checks"] if not row["ok"]}
    assert said.code == 4


@pytest.mark.parametrize(
    "text",
    [
        "# index-url = https://user:password@mirror.example.org\n",
        "proxy = http://proxy.example.org:3128/\n",
        "aws_secret_access_key =\n",
        "mail = ann@lab.example.org\n",
    ],
)
def test_what_only_looks_like_a_secret(admin: Admin, spec_file: Path, prefix: Path, text: str) -> None:
    (prefix / "etc" / "some.conf").write_text(text)
    said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "no-secret")
    assert said.code == 0, said.err


def test_keys_in_everybodys_variables(
    admin: Admin, spec_file: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abc")
    said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "no-secret")
    assert (said.code, said.json["checks"][0]["message"]) == (4, "AWS_SECRET_ACCESS_KEY")


def test_a_folder_above_that_anybody_may_write(admin: Admin, spec_file: Path, prefix: Path) -> None:
    (prefix / "opt").chmod(0o777)
    said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "nothing-writable")
    assert (said.code, said.json["checks"][0]["message"].split(", ")[0]) == (4, str(prefix / "opt"))


def test_a_file_that_anybody_may_write(admin: Admin, spec_file: Path, prefix: Path) -> None:
    script = prefix / "opt" / "appstream" / "SessionScripts" / "pose-launcher-start.sh"
    script.chmod(0o777)
    rows = {row["name"]: row for row in quick(admin, spec_file, prefix).json["checks"]}
    assert not rows["nothing-writable"]["ok"]
    assert "SessionScripts" in rows["nothing-writable"]["message"]


def program(prefix: Path, answers: dict[str, str]) -> None:
    """A launcher on the image that answers as told, by the first word that it is asked."""
    file = prefix / "opt" / "pose-launcher" / "bin" / "pose-launcher"
    file.parent.mkdir(parents=True)
    cases = "".join(f"  {name}) echo '{text}' ;;\n" for name, text in answers.items())
    file.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}*) exit 3 ;;\nesac\n')
    file.chmod(0o755)


def checked(message: str, cuda: str | None, *, gpu: bool = False) -> str:
    """What `tools check sleap` says."""
    row = {"title": "SLEAP", "version": "1.6.6", "message": message, "ok": True, "gpu": gpu, "torch": {"cuda": cuda}}
    return json.dumps({"tools": [row]})


A10G, NO_GPU = '{"devices": [{"name": "A10G"}]}', '{"devices": []}'


OPENED = '{"run": "r1", "state": "running", "window": "two-mice.slp - SLEAP", "seconds_to_window": 3.2}'


HANGS = '{"run": "r1", "state": "hanging", "window": null, "problem": {"what": "it shows no window"}}'


TRAINED = '{"model": "/x/model-1", "progress": {"loss": 0.5}}'


@pytest.mark.parametrize(
    ("look", "answers", "ok", "words"),
    [
        ("gpu-seen", {"tools": checked("works", "13.0", gpu=True), "gpu": A10G}, True, "A10G, seen by SLEAP"),
        ("gpu-seen", {"tools": checked("works", "13.0"), "gpu": NO_GPU}, True, "no GPU here"),
        ("gpu-seen", {"tools": checked("works", "13.0"), "gpu": A10G}, False, "SLEAP cannot use A10G"),
        ("gpu-seen", {"tools": checked("works", None), "gpu": NO_GPU}, False, "without CUDA, for a fleet of g5"),
        ("tools-work", {"tools": checked("works", "13.0")}, True, "SLEAP 1.6.6: works"),
        ("tools-work", {"tools": checked("works; TEST SHIM", None)}, False, "TEST SHIM"),
        ("tools-work", {}, False, "exit code 3"),
        ("tools-open", {"open": OPENED, "runs": "{}"}, True, "two-mice.slp - SLEAP” after 3 s"),
        ("tools-open", {"open": HANGS}, False, "it shows no window"),
        ("tools-open", {"open": OPENED}, False, "cannot be ended"),
        ("tools-train", {"train": TRAINED}, True, "model-1, loss 0.5"),
        ("tools-train", {"train": "{}"}, False, "sleap"),
    ],
)
def test_what_the_pose_tools_do_on_the_image(
    admin: Admin, tmp_path: Path, prefix: Path, look: str, answers: dict[str, str], ok: bool, words: str
) -> None:
    file = tmp_path / "sleap.toml"
    file.write_text(spec_text(tools='["sleap"]'))
    program(prefix, answers)
    said = admin.run("image", "test", file, "--root", prefix, "--json", "--only", look)
    (check,) = said.json["checks"]
    assert (check["ok"], words in check["message"]) == (ok, True), check["message"]


def test_a_screen_that_is_too_small_or_is_not_there(admin: Admin, spec_file: Path, prefix: Path) -> None:
    """Qt itself is asked, by the image's own Python."""
    python = prefix / "opt" / "pose-launcher" / "bin" / "python"
    python.parent.mkdir(parents=True)
    for shown, ok in (
        ('{"width": 1024, "height": 768, "dpi": 96, "scale": 1}', True),
        ('{"width": 800, "height": 600, "dpi": 96, "scale": 1}', False),
        ('{"width": 1920, "height": 1080, "dpi": 1, "scale": 1}', False),
        ("could not connect to display", False),
    ):
        python.write_text(f"#!/bin/sh\necho '{shown}'\n")
        python.chmod(0o755)
        said = admin.run("image", "test", spec_file, "--root", prefix, "--json", "--only", "screen")
        assert said.json["ok"] is ok, shown
