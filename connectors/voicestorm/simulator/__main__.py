"""The simulated Firstup, or the simulated VoiceStorm, as a process of its own."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from connectors.sdk.testing.simulator import Simulator, run
from connectors.voicestorm.manifest import Generation
from connectors.voicestorm.simulator import create_firstup, create_voicestorm


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m connectors.voicestorm.simulator", description=__doc__)
    parser.add_argument("--generation", choices=[one.value for one in Generation], default=Generation.FIRSTUP.value)
    parser.add_argument("--port", type=int, required=True, help="port of the API; 0 takes a free one")
    parser.add_argument("--auth-port", type=int, default=0, help="port of Firstup's sign-in; other regions: free ones")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path, help="journal that survives a restart; without it all is in memory")
    parser.add_argument("--client-id", help="Client ID, or VoiceStorm's Access Token")
    parser.add_argument("--client-secret", help="client secret, or VoiceStorm's Token Secret")
    parser.add_argument("--scim-token", default="demo-scim-token", help="VoiceStorm's SCIM token")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    given = parser.parse_args(arguments)
    simulator: Simulator
    if given.generation == Generation.FIRSTUP:
        simulator = create_firstup(
            journal_path=given.state_file,
            client_id=given.client_id or "demo-client",
            client_secret=given.client_secret or "demo-secret",
        )
    else:
        simulator = create_voicestorm(
            journal_path=given.state_file,
            access_token=given.client_id or "demo+token/1",
            token_secret=given.client_secret or "demo+secret/1=",
            scim_token=given.scim_token,
        )
    ports = {"api": given.port, "auth": given.auth_port}
    run(simulator, ports=ports, host=given.host, announce=not given.quiet)


if __name__ == "__main__":
    main()
