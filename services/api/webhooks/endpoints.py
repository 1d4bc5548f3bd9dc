"""Where vendors tell us what happened. Outside ``/v1``: they have no key, but a signature."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from connectors.sdk import registry
from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConfigurationInvalid, WebhookRefused
from connectors.sdk.ports import ReceivesWebhooks, port
from services.api.dependencies import Call, Current, allow
from services.api.routing import Router
from services.core.connections import notices
from services.core.connections import repository as connections
from services.core.connections.errors import NotConfigured, NoticeRefused
from services.core.connections.vendors import can
from services.core.kit.errors import NotFound
from services.core.kit.logging import get_logger
from services.core.organizations.rules import Door
from services.core.platforms import pushes
from services.core.platforms import repository as platforms
from services.core.platforms.models import PlatformState
from services.core.platforms.vendors import open_settings, platform_context

_log = get_logger("webhook")

router: APIRouter = Router(tags=["Webhooks"])


@router.post(
    "/webhooks/{connector}/{connection_id}",
    status_code=202,
    operation_id="webhooks_receive",
    summary="Tell us what happened",
    dependencies=[allow(Door.ANYBODY)],
    response_class=Response,
    responses={202: {"description": "Kept, once; the work comes later."}},
    openapi_extra={
        "x-idempotent-by-nature": True,
        "requestBody": {
            "required": True,
            "description": "As the vendor sends it, signed as the connector's page says; at most 1 MiB.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
    },
)
async def receive(connector: str, connection_id: str, call: Current) -> Response:
    """Takes a vendor's notification: verifies the raw bytes, keeps it once, and answers before any work is done.

    Of a platform it is only a hint: what it names is looked at again.
    """
    body = await call.request.body()
    organization_id, wanted, given = await _place(call, connector, connection_id)
    receiver = port(registry.get_connector(connector), Capability.RECEIVE_WEBHOOK, ReceivesWebhooks)
    try:
        async with platform_context(call.settings, connector, given or {}) as ctx:
            told = await receiver.receive_webhook(ctx, headers=dict(call.request.headers), body=body)
    except ConfigurationInvalid as error:
        _log.error("webhook.not_configured", connector=connector, detail=error.detail)
        raise NotConfigured(names="webhook_secret") from error
    # Malformed headers raise this in more than one verifier.
    except (WebhookRefused, ValueError) as error:
        _log.warning("webhook.refused", connector=connector, connection_id=connection_id, detail=str(error))
        raise NoticeRefused() from error
    async with call.database.transaction(organization_id) as session:
        if given is not None:
            named = {one.external_id for one in told if one.external_id}
            new = await pushes.look_soon(session, wanted, named)
        else:
            new = await notices.keep(session, wanted, told)
    _log.info("webhook.kept", connector=connector, connection_id=connection_id, new=new, told=len(told))
    return Response(status_code=202)


async def _place(call: Call, connector: str, connection_id: str) -> tuple[UUID, UUID, dict[str, str] | None]:
    """Whose connection it is about, and a platform's own settings. Whatever is wrong, the answer is the same."""
    try:
        wanted = UUID(connection_id)
    except ValueError:
        raise NotFound(thing="webhook") from None
    if not can(connector, Capability.RECEIVE_WEBHOOK):
        raise NotFound(thing="webhook")
    organization_id = await notices.find_organization(call.database, wanted)
    if organization_id is not None:
        async with call.database.transaction(organization_id) as session:
            if (await connections.get_connection(session, wanted)).connector == connector:
                return organization_id, wanted, None
    organization_id = await platforms.find_organization(call.database, wanted)
    if organization_id is not None:
        async with call.database.transaction(organization_id) as session:
            platform = await platforms.get_connection(session, wanted)
        if platform.connector == connector and platform.state is not PlatformState.REVOKED:
            return organization_id, wanted, open_settings(platform, settings=call.settings)
    raise NotFound(thing="webhook")
