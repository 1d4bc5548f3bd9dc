"""Whose API version is about to end, so that somebody raises it in time and no connection dies on a date we knew."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from connectors.sdk.manifest import Manifest

#: How many days before its end a version must be replaced: time to read the vendor's notes, change, test and release.
WITHIN_DAYS = 45


@dataclass(frozen=True, slots=True)
class EndingVersion:
    """A connector whose API version ends soon, or has ended."""

    slug: str
    title: str
    #: The first day on which the version may be gone.
    ends_on: date
    #: Negative when that day has passed.
    days_left: int

    def __str__(self) -> str:
        left = f"in {self.days_left} days" if self.days_left >= 0 else f"{-self.days_left} days ago"
        return f"{self.slug}: its API version ends on {self.ends_on.isoformat()} ({left})"


def ending(manifests: Iterable[Manifest], *, today: date, within_days: int = WITHIN_DAYS) -> list[EndingVersion]:
    """Those that end within so many days of `today` (a date in UTC), or ended before it, the most urgent first."""
    found = [
        EndingVersion(
            slug=manifest.slug,
            title=manifest.title,
            ends_on=manifest.api_version_sunset_on,
            days_left=(manifest.api_version_sunset_on - today).days,
        )
        for manifest in manifests
        if manifest.api_version_sunset_on is not None
    ]
    return sorted((one for one in found if one.days_left <= within_days), key=lambda one: (one.ends_on, one.slug))
