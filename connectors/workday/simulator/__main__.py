"""The simulated Workday as a process of its own."""

from connectors.sdk.testing.people import serve
from connectors.workday.simulator import create_simulator

if __name__ == "__main__":
    serve("workday", create_simulator)
