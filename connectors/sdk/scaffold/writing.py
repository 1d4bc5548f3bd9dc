"""Writes the distribution of a new connector out of templates that lie beside this file."""

import re
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from connectors.sdk.manifest import ConnectorKind

#: What the manifest takes as a slug.
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")
#: Template files end like this, so that no tool takes them for what they become.
_SUFFIX = ".tmpl"
#: In names of template files and folders.
_PACKAGE = "PACKAGE"


class ScaffoldRefused(Exception):
    """A new connector cannot be written like this; the message says what to change."""


def new_distribution(slug: str, *, under: Path, kind: ConnectorKind, today: date) -> Path:
    """Writes `advocacy-connector-<slug>` into the folder `under`; answers the new folder.

    Raises ScaffoldRefused for a slug that is none, a kind without templates, and a folder that is there already:
    nothing is ever written over.
    """
    if not _SLUG.fullmatch(slug):
        raise ScaffoldRefused(f"{slug!r} is no slug: take 2 to 40 lower-case letters, digits and underscores")
    if kind not in {ConnectorKind.NETWORK, ConnectorKind.PLATFORM}:
        raise ScaffoldRefused(f"there are templates for a network and a platform, not for a {kind}")
    words = slug.split("_")
    distribution = "-".join(["advocacy", "connector", *filter(None, words)])
    folder = under / distribution
    if folder.exists():
        raise ScaffoldRefused(f"{folder} is there already: choose another slug or --path, or remove it")
    values = {
        "slug": slug,
        "title": " ".join(word.capitalize() for word in words if word),
        "name": "".join(word.capitalize() for word in words),
        "host": "-".join(filter(None, words)),
        "package": f"advocacy_connector_{slug}",
        "distribution": distribution,
        "kind": kind.value,
        "today": f"date({today.year}, {today.month}, {today.day})",
        "today_iso": today.isoformat(),
    }
    templates = files(__package__) / "templates"
    for part in ("common", kind.value):
        _write(templates / part, folder, values)
    return folder


def _write(source: Traversable, target: Path, values: dict[str, str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        name = entry.name.replace(_PACKAGE, values["package"]).removesuffix(_SUFFIX)
        if entry.is_dir():
            _write(entry, target / name, values)
        elif entry.name.endswith(_SUFFIX):
            text = Template(entry.read_text(encoding="utf-8")).substitute(values)
            (target / name).write_text(text, encoding="utf-8", newline="\n")
