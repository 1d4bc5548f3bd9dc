"""The simulated HiBob as a process of its own."""

from connectors.hibob.simulator import create_simulator
from connectors.sdk.testing.people import serve

if __name__ == "__main__":
    serve("hibob", create_simulator)
