"""An EveryoneSocial to try everything against: a content API, a SCIM service and a file store, over real HTTP.

`create_simulator()` makes one for tests; `python -m connectors.everyonesocial.simulator` runs one as a process.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.everyonesocial.simulator.app import EveryoneSocialSimulator, Options


def create_simulator(
    *,
    journal_path: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    api_token: str = "demo-api-token",
    scim_token: str = "demo-scim-token",
) -> EveryoneSocialSimulator:
    """A workspace with four groups and two disclosures, or as its journal left it; hosts: "api", "scim", "uploads".

    Uploads need `configure(upload_url=...)` once the address of the host "uploads" is known.
    """
    options = Options(api_token=api_token, scim_token=scim_token)
    return EveryoneSocialSimulator(options, journal_path=journal_path, clock=clock)


__all__ = ["EveryoneSocialSimulator", "Options", "create_simulator"]
