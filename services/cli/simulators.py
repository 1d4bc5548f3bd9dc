"""The simulators that `advocacy run --simulators` starts: where they listen, and how we are told to reach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.cli import processes

#: What the simulated LinkedIn app is allowed to ask for; the real one may lack the last of these.
_LINKEDIN_SCOPES = "openid profile w_member_social r_member_postAnalytics"


@dataclass(frozen=True)
class Simulated:
    """One vendor: the options of its command that take a port, and what an operator sets to reach it."""

    slug: str
    #: Host to the option that names its port; the first one also serves the control endpoints.
    ports: Mapping[str, str]
    #: Setting to the host whose address it holds.
    addresses: Mapping[str, str]
    #: Other settings; `{secret}` is filled with the installation's own.
    settings: Mapping[str, str] = field(default_factory=dict)
    #: Further arguments; `{secret}` and `{callback}` are filled.
    arguments: tuple[str, ...] = ()

    def journal(self, data_dir: Path) -> Path:
        """What it remembers, so that it survives a restart."""
        return data_dir / f"{self.slug}-simulator.jsonl"

    def port_names(self) -> list[str]:
        """What its ports are called where they are kept."""
        return [f"{self.slug}_{host}" for host in self.ports]

    def url(self, ports: Mapping[str, int]) -> str:
        """Its first host."""
        return f"http://127.0.0.1:{ports[self.port_names()[0]]}"

    def environment(self, ports: Mapping[str, int], *, secret: str) -> dict[str, str]:
        """The connector's settings, as the names of environment variables without their prefix."""
        given = {
            **{name: value.format(secret=secret) for name, value in self.settings.items()},
            **{name: f"http://127.0.0.1:{ports[f'{self.slug}_{host}']}" for name, host in self.addresses.items()},
        }
        return {f"CONNECTORS__{self.slug.upper()}__{name.upper()}": value for name, value in given.items()}

    def child(self, data_dir: Path, ports: Mapping[str, int], *, secret: str, public_url: str) -> processes.Child:
        """The process."""
        callback = f"{public_url}/v1/connections/callback/{self.slug}"
        told = [part.format(secret=secret, callback=callback) for part in self.arguments]
        for host, option in self.ports.items():
            told += [option, str(ports[f"{self.slug}_{host}"])]
        command = processes.python(
            "-m", f"connectors.{self.slug}.simulator", *told, "--state-file", str(self.journal(data_dir)), "--quiet"
        )
        name = f"{self.slug} simulator"
        log = data_dir / "logs" / f"{self.slug}-simulator.log"
        return processes.Child(name, command, processes.clean_environment(), log)


LINKEDIN = Simulated(
    "linkedin",
    ports={"api": "--port", "oauth": "--oauth-port"},
    addresses={"api_url": "api", "oauth_url": "oauth"},
    settings={"client_id": "demo-client", "client_secret": "{secret}", "scopes": _LINKEDIN_SCOPES},
    arguments=("--client-secret", "{secret}", "--profile", "partner"),
)

#: Platforms: an organization connects them with the keys that the README of each connector names.
PLATFORMS = (
    Simulated(
        "bambu",
        ports={"api": "--port", "identity": "--identity-port"},
        addresses={"api_url": "api", "oauth_url": "identity"},
        settings={"customer_id": "410022", "client_id": "demo-client", "client_secret": "{secret}"},
        arguments=("--client-secret", "{secret}"),
    ),
    Simulated(
        "everyonesocial",
        ports={"api": "--port", "scim": "--scim-port", "uploads": "--upload-port"},
        addresses={"api_url": "api", "scim_url": "scim"},
        settings={"api_token": "{secret}", "scim_token": "scim-{secret}"},
        arguments=("--api-token", "{secret}", "--scim-token", "scim-{secret}"),
    ),
    Simulated(
        "hootsuite",
        ports={"api": "--port"},
        addresses={"api_url": "api"},
        settings={"client_id": "demo-client", "client_secret": "{secret}", "scopes": "offline analytics:read"},
        arguments=("--client-secret", "{secret}", "--redirect-uri", "{callback}"),
    ),
    Simulated(
        "oktopost",
        ports={"api": "--port"},
        addresses={"api_url": "api"},
        settings={"account_id": "001000000000001", "api_key": "{secret}", "campaign_id": "002k7d2m9q4xw1a"},
        arguments=("--api-key", "{secret}"),
    ),
    Simulated(
        "voicestorm",
        ports={"api": "--port", "auth": "--auth-port"},
        addresses={"api_url": "api", "auth_url": "auth"},
        settings={"client_id": "demo-client", "client_secret": "{secret}"},
        arguments=("--client-id", "demo-client", "--client-secret", "{secret}"),
    ),
)
