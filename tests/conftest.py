"""What every test may ask for: a database of its own, the application over it, and callers."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.api",
    "tests.fixtures.processes",
    "tests.fixtures.platform",
]
