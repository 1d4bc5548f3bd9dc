"""A BambooHR to try everything against: people who are hired, changed and deleted over `/_sim/people/<id>`.

`create_simulator()` makes one for tests; `python -m connectors.bamboohr.simulator` runs one as a process.
"""

from connectors.bamboohr.simulator.app import BambooHRSimulator, create_simulator

__all__ = ["BambooHRSimulator", "create_simulator"]
