"""Every setting with its value and where that came from, for `config show`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from launcher.config.find import Found
from launcher.config.site import LoadedSite
from launcher.config.toml_lines import KeyPath

Value = str | int | bool | list[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `config show`.

    The catalogue holds no secrets (addresses with a password or a query are refused), so every value may be shown.
    """

    name: str
    value: Value
    source: str


def provenance(loaded: LoadedSite | None, site: Found | None, state: Found) -> list[Setting]:
    """All settings; without a catalogue what is known without one."""
    given = [
        Setting("site", str(site.path) if site else "", site.source if site else "not found"),
        Setting("state_dir", str(state.path), state.source),
    ]
    return given + (list(_settings(loaded, loaded.site, ())) if loaded else [])


def _settings(loaded: LoadedSite, entry: BaseModel, path: KeyPath) -> Iterator[Setting]:
    for attribute, field in type(entry).model_fields.items():
        yield from _setting(loaded, getattr(entry, attribute), (*path, field.alias or attribute))


def _setting(loaded: LoadedSite, value: object, path: KeyPath) -> Iterator[Setting]:
    if isinstance(value, BaseModel):
        yield from _settings(loaded, value, path)
    elif isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value):
        for index, one in enumerate(value):
            yield from _setting(loaded, one, (*path, index))
    else:
        yield Setting(_name(path), _shown(value), loaded.source(path))


def _shown(value: object) -> Value:
    if isinstance(value, bool | int):
        return value
    return [str(one) for one in value] if isinstance(value, tuple) else str(value)


def _name(path: KeyPath) -> str:
    """`s3.region`; buckets are counted from one, as a person would."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
