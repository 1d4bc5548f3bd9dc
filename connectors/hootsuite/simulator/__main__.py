"""The simulated Hootsuite as a process of its own, on one port."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from connectors.hootsuite.simulator import create_simulator
from connectors.sdk.testing.simulator import run


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m connectors.hootsuite.simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path, help="journal that survives a restart; without it all is in memory")
    parser.add_argument("--client-id", default="demo-client")
    parser.add_argument("--client-secret", default="demo-secret")
    parser.add_argument("--redirect-uri", action="append", default=[], help="a registered address; may be repeated")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args(arguments)
    simulator = create_simulator(
        journal_path=given.state_file,
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=frozenset(given.redirect_uri),
    )
    run(simulator, ports={"api": given.port}, host=given.host, announce=not given.quiet)


if __name__ == "__main__":
    main()
