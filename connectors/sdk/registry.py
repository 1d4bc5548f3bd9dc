"""Finds the installed connectors, ours and others', through one door: the entry-point group `advocacy.connectors`."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from connectors.sdk.ports import Connector

GROUP = "advocacy.connectors"

_log = logging.getLogger(__name__)


class ConnectorNotFound(LookupError):
    """There is no connector of this name."""

    code = "connector_not_found"

    def __init__(self, slug: str, *, known: Iterable[str] = ()) -> None:
        self.slug = slug
        names = ", ".join(sorted(known)) or "none (is the project installed, so that its entry points exist?)"
        super().__init__(f"no connector is called {slug!r}; known are: {names}")


@dataclass(frozen=True, slots=True)
class BrokenConnector:
    """A plugin that could not be loaded; the others work on."""

    name: str
    #: module:attribute of the entry point
    target: str
    reason: str


class Registry:
    """The connectors behind a set of entry points, by slug."""

    def __init__(self, points: Iterable[EntryPoint]) -> None:
        self._connectors: dict[str, Connector] = {}
        broken: list[BrokenConnector] = []
        for point in sorted(points, key=lambda p: (p.name, p.value)):
            try:
                self._add(point)
            # A plugin is foreign code: whatever it raises, the others must still load.
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                broken.append(BrokenConnector(name=point.name, target=point.value, reason=reason))
                _log.warning("connector.broken", extra={"connector": point.name, "reason": reason})
        self.broken: tuple[BrokenConnector, ...] = tuple(broken)

    def _add(self, point: EntryPoint) -> None:
        connector = point.load()
        if not isinstance(connector, Connector):
            raise TypeError("the entry point names something without a manifest")
        slug = connector.manifest.slug
        if slug != point.name:
            raise ValueError(f"the manifest's slug {slug!r} differs from the entry point's name")
        if slug in self._connectors:
            raise ValueError("another distribution already offers a connector of this name")
        self._connectors[slug] = connector

    def list_connectors(self) -> tuple[Connector, ...]:
        """All that could be loaded, by slug."""
        return tuple(self._connectors[slug] for slug in sorted(self._connectors))

    def get_connector(self, slug: str) -> Connector:
        """Raises ConnectorNotFound for an unknown slug."""
        try:
            return self._connectors[slug]
        except KeyError:
            raise ConnectorNotFound(slug, known=self._connectors) from None


@cache
def installed() -> Registry:
    """The registry of what is installed here, read once per process."""
    return Registry(entry_points(group=GROUP))


def list_connectors() -> tuple[Connector, ...]:
    """All installed connectors, by slug."""
    return installed().list_connectors()


def get_connector(slug: str) -> Connector:
    """One installed connector; raises ConnectorNotFound."""
    return installed().get_connector(slug)


def list_broken() -> tuple[BrokenConnector, ...]:
    """Installed plugins that could not be loaded, with the reason."""
    return installed().broken
