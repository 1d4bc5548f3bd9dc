"""The simulated Personio as a process of its own."""

from connectors.personio.simulator import create_simulator
from connectors.sdk.testing.people import serve

if __name__ == "__main__":
    serve("personio", create_simulator)
