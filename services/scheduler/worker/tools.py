"""What a job handler is given."""

from __future__ import annotations

from dataclasses import dataclass

from services.core.kit.db import Database
from services.core.kit.settings import Settings


@dataclass(frozen=True)
class Tools:
    """The database and the settings of this process."""

    database: Database
    settings: Settings
