"""A LinkedIn to try everything against: real HTTP, real oddities, and a feed to look at.

`create_simulator()` makes one for tests; `python -m connectors.linkedin.simulator` runs one as a process.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from connectors.linkedin.simulator.app import LinkedInSimulator, Options, Profile
from connectors.linkedin.simulator.consent import consent


def create_simulator(
    *,
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    client_id: str = "demo-client",
    client_secret: str = "demo-secret",
    redirect_uris: Collection[str] = (),
    profile: Profile | str = Profile.SELF_SERVE,
) -> LinkedInSimulator:
    """A LinkedIn with one developer app, empty or as its journal left it; hosts are "api" and "oauth"."""
    options = Options(
        client_id=client_id,
        client_secret=client_secret,
        redirect_uris=frozenset(redirect_uris),
        profile=Profile(profile),
    )
    return LinkedInSimulator(options, journal_path=journal_path, clock=clock)


__all__ = ["LinkedInSimulator", "Options", "Profile", "consent", "create_simulator"]
