"""The simulated BambooHR as a process of its own."""

from connectors.bamboohr.simulator import create_simulator
from connectors.sdk.testing.people import serve

if __name__ == "__main__":
    serve("bamboohr", create_simulator)
