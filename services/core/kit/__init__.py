"""The floor everything stands on: settings, database, ids, crypto, errors, pages, jobs, logs. Knows no noun."""

from services.core.kit import zones

# Here, because nothing of ours runs without this package: no process can have looked at other zone rules before.
zones.pin()
