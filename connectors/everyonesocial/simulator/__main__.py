"""The simulated EveryoneSocial as a process of its own, on three ports: content API, SCIM, and the file store."""

import argparse
import socket
from collections.abc import Sequence
from pathlib import Path

from connectors.everyonesocial.simulator import create_simulator
from connectors.sdk.testing.simulator import run


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m connectors.everyonesocial.simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port of the content API; 0 takes a free one")
    parser.add_argument("--scim-port", type=int, default=0, help="port of the SCIM service; 0 takes a free one")
    parser.add_argument("--upload-port", type=int, default=0, help="port of the file store; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path, help="journal that survives a restart; without it all is in memory")
    parser.add_argument("--api-token", default="demo-api-token")
    parser.add_argument("--scim-token", default="demo-scim-token")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args(arguments)
    simulator = create_simulator(journal_path=given.state_file, api_token=given.api_token, scim_token=given.scim_token)
    # Upload forms name the store's address, so that it must be known before it is served.
    upload_port = given.upload_port or _free_port(given.host)
    simulator.configure(upload_url=f"http://{given.host}:{upload_port}")
    ports = {"api": given.port, "scim": given.scim_port, "uploads": upload_port}
    run(simulator, ports=ports, host=given.host, announce=not given.quiet)


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
