"""A Workday to try everything against: people who are hired, changed and deleted over `/_sim/people/<id>`.

`create_simulator()` makes one for tests; `python -m connectors.workday.simulator` runs one as a process.
"""

from connectors.workday.simulator.app import WorkdaySimulator, create_simulator

__all__ = ["WorkdaySimulator", "create_simulator"]
