"""Where a connector's calls may go: the operator's addresses as they are, an organization's only to public hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.demo.simulator import create_simulator
from connectors.sdk.errors import ConfigurationInvalid
from connectors.sdk.http import build_request, call
from connectors.sdk.testing.simulator import running
from services.core.connections.vendors import vendor_context
from services.core.kit.outbound import address_problem, check_address, outbound_client
from services.core.kit.settings import Settings

_ROOT = Path(__file__).parents[3]


async def test_what_the_operator_names_is_reached_and_what_an_organization_names_is_not(settings: Settings) -> None:
    async with running(create_simulator()) as addresses:
        url = addresses["api"]
        ours = settings.model_copy(update={"connectors": {"demo": {"api_url": url}}})
        async with outbound_client(ours) as lent:
            for http in (None, lent):
                async with vendor_context(ours, "demo", http=http) as ctx:
                    assert (await call(ctx.http, build_request(ctx.http, "GET", f"{url}/_sim/state"))).status == 200
                    # An address that a vendor answers with is not the operator's.
                    with pytest.raises(ConfigurationInvalid):
                        await call(ctx.http, build_request(ctx.http, "GET", "http://127.0.0.1:1/"))
                async with vendor_context(ours, "demo", given={"api_url": url}, http=http) as ctx:
                    assert ctx.settings["api_url"] == url
                    with pytest.raises(ConfigurationInvalid):
                        await call(ctx.http, build_request(ctx.http, "GET", f"{url}/_sim/state"))
            # Outside such a context the same client knows of no exception: feeds and endpoints go through it too.
            with pytest.raises(ConfigurationInvalid):
                await call(lent, build_request(lent, "GET", f"{url}/_sim/state"))


async def test_a_place_that_the_operator_allows_is_one_at_every_door(settings: Settings) -> None:
    async with running(create_simulator()) as addresses:
        url = addresses["api"]
        assert address_problem(url, settings=settings) is not None
        with pytest.raises(ConfigurationInvalid):
            await check_address(url, settings=settings)
        allowed = settings.model_copy(update={"outbound_allow": (url.removeprefix("http://"),)})
        assert address_problem(url, settings=allowed) is None
        await check_address(url, settings=allowed)
        async with vendor_context(allowed, "demo", given={"api_url": url}) as ctx:
            assert (await call(ctx.http, build_request(ctx.http, "GET", f"{url}/_sim/state"))).status == 200


def test_services_have_no_other_client_for_the_outside() -> None:
    built = [
        str(path.relative_to(_ROOT))
        for folder in ("core", "api", "scheduler")
        for path in sorted((_ROOT / "services" / folder).rglob("*.py"))
        if any(word in path.read_text(encoding="utf-8") for word in ("build_client(", "AsyncClient(", "httpx2.Client("))
    ]
    assert built == ["services/core/kit/outbound.py"]
