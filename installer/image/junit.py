"""Findings as JUnit's XML, which every build server reads."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from installer.findings import Check
from launcher.config.plain import plain


def junit(suite: str, rows: Sequence[tuple[Check, float]]) -> bytes:
    """One test case for each finding."""
    failed = sum(not check.ok for check, _ in rows)
    seconds = sum(took for _, took in rows)
    root = ET.Element(
        "testsuite", name=suite, tests=str(len(rows)), failures=str(failed), errors="0", time=f"{seconds:.3f}"
    )
    for check, took in rows:
        case = ET.SubElement(root, "testcase", classname=suite, name=check.name, time=f"{took:.3f}")
        if check.ok:
            ET.SubElement(case, "system-out").text = plain(check.message)
        else:
            ET.SubElement(case, "failure", message=plain(check.message)).text = plain(check.hint)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
