"""The simulated Oktopost as a process of its own, with one port for each of its hosts."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from connectors.oktopost.simulator import Options, create_simulator
from connectors.sdk.testing.simulator import run


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m connectors.oktopost.simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port of the API in the US; 0 takes a free one")
    for host, words in (
        ("eu-api", "the API in the EU"),
        ("app", "SCIM for platform users"),
        ("board", "SCIM for advocates"),
        ("files", "the files of exports"),
    ):
        parser.add_argument(f"--{host}-port", type=int, default=0, help=f"port of {words}; a free one by default")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path, help="journal that survives a restart; without it all is in memory")
    parser.add_argument("--account-id", default=usual.account_id)
    parser.add_argument("--api-key", default=usual.api_key)
    parser.add_argument("--data-centre", choices=["us", "eu"], default="us", help="where the account lies")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args(arguments)
    options = Options(account_id=given.account_id, api_key=given.api_key, data_centre=given.data_centre)
    ports = {
        "api": given.port,
        "eu_api": given.eu_api_port,
        "app": given.app_port,
        "board": given.board_port,
        "files": given.files_port,
    }
    run(
        create_simulator(options, journal_path=given.state_file),
        ports=ports,
        host=given.host,
        announce=not given.quiet,
    )


if __name__ == "__main__":
    main()
