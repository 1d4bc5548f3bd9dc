"""A Personio to try everything against: people who are hired, changed and deleted over `/_sim/people/<id>`.

`create_simulator()` makes one for tests; `python -m connectors.personio.simulator` runs one as a process.
"""

from connectors.personio.simulator.app import PersonioSimulator, create_simulator

__all__ = ["PersonioSimulator", "create_simulator"]
