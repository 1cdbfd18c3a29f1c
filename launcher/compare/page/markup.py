"""Elements of a page. Text is text here: every name is escaped by the library when the page is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias
from xml.etree import ElementTree as ET

from launcher.config.plain import plain

Content: TypeAlias = "ET.Element | str | Iterable[ET.Element | str | None] | None"
#: Attributes that Python's words stand in for.
_SPELT = {"class_": "class", "for_": "for"}


def tag(name: str, /, *content: Content, **attributes: object) -> ET.Element:
    """An element; `class_` is class, and underscores in other attributes are hyphens. None is left out."""
    element = ET.Element(name)
    for key, value in attributes.items():
        if value is not None:
            element.set(_SPELT.get(key, key.replace("_", "-")), plain(_shown(value)))
    for one in content:
        _add(element, one)
    return element


def _shown(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _add(element: ET.Element, content: Content) -> None:
    if content is None:
        return
    if isinstance(content, ET.Element):
        element.append(content)
    elif isinstance(content, str):
        text = content if element.tag == "style" else plain(content)  # a style sheet is ours, and has lines
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text
    else:
        for one in content:
            _add(element, one)


def html(root: ET.Element) -> str:
    """A whole page."""
    return "<!doctype html>\n" + ET.tostring(root, encoding="unicode", method="html") + "\n"


def svg_file(root: ET.Element) -> str:
    """A figure as a file of its own."""
    root.set("xmlns", "http://www.w3.org/2000/svg")
    return ET.tostring(root, encoding="unicode") + "\n"
