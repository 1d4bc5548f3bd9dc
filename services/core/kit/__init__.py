"""The floor everything stands on: settings, database, ids, crypto, errors, pages, jobs, logs. Knows no noun."""
