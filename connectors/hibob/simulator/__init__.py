"""A HiBob to try everything against: people who are hired, changed and deleted over `/_sim/people/<id>`.

`create_simulator()` makes one for tests; `python -m connectors.hibob.simulator` runs one as a process.
"""

from connectors.hibob.simulator.app import HiBobSimulator, create_simulator

__all__ = ["HiBobSimulator", "create_simulator"]
