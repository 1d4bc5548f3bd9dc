"""A connector of somebody else's, on a network that lets an application take its access back (RFC 7009)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from connectors.linkedin.adapter import LinkedIn
from connectors.linkedin.errors import error_for
from connectors.linkedin.manifest import MANIFEST
from connectors.linkedin.simulator.app import LinkedInSimulator, Options, Profile
from connectors.sdk.capabilities import Capability
from connectors.sdk.http import build_request, call, require_address
from connectors.sdk.manifest import Manifest
from connectors.sdk.models import Context


class WithdrawingLinkedIn(LinkedInSimulator):
    """Takes a token back, and with it everything that its member has granted."""

    def __init__(self, *, client_secret: str = "demo-secret", clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(Options(profile=Profile.PARTNER, client_secret=client_secret), clock=clock)

    def routes(self, host: str) -> Sequence[BaseRoute]:
        revoke = self.operation("/oauth/v2/revoke", self._take_back, name="revoke", methods=["POST"])
        return [*super().routes(host), *([revoke] if host == "oauth" else [])]

    async def _take_back(self, request: Request) -> Response:
        value = parse_qs((await request.body()).decode())["token"][0]
        token = self.store.tokens.get(value)
        if token is not None:
            self.record({"kind": "tokens_revoked", "sub": token.sub})
        return Response(status_code=200)


class Withdrawing(LinkedIn):
    """LinkedIn's connector, and the one thing more."""

    @property
    def manifest(self) -> Manifest:
        """The declaration."""
        return replace(
            MANIFEST, slug="withdrawing", capabilities=MANIFEST.capabilities | {Capability.REVOKE_CREDENTIALS}
        )

    async def revoke_credentials(self, ctx: Context) -> None:
        """`POST /oauth/v2/revoke`: 200 also for a token that is unknown."""
        request = build_request(
            ctx.http,
            "POST",
            f"{require_address(ctx.settings['oauth_url'])}/oauth/v2/revoke",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode({"token": ctx.require_credentials().access_token.reveal()}).encode(),
        )
        answer = await call(ctx.http, request, deadline_seconds=ctx.deadline_seconds)
        if not answer.is_success:
            raise error_for(answer, now=ctx.now(), visible=False)


connector = Withdrawing()

__all__ = ["connector"]


def install(folder: Path) -> None:
    """Make the connector an installed one for whoever has ``folder`` on their path."""
    about = folder / "advocacy_connector_withdrawing-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: advocacy-connector-withdrawing\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[advocacy.connectors]\nwithdrawing = tests.factories.withdrawing:connector\n"
    )
