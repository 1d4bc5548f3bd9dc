"""What a job handler is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import httpx2

from services.core.kit.db import Database
from services.core.kit.settings import Settings


@dataclass(frozen=True)
class Tools:
    """The database and the settings of this process."""

    database: Database
    settings: Settings
    #: The HTTP client of this process, lent to every call; None: each makes its own.
    http: httpx2.AsyncClient | None = None
    #: When this process has read its settings, by the database's clock; None: nobody has asked.
    started_at: datetime | None = None
