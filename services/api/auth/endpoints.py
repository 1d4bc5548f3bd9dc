"""How a person comes by a key of their own."""

from __future__ import annotations

from fastapi import APIRouter

from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.organizations import service
from services.core.organizations.rules import Door
from services.core.organizations.schemas import TokenExchange, TokenExchanged

router: APIRouter = Router(tags=["Sign-in"])


@router.post(
    "/v1/auth/token",
    operation_id="auth_token",
    summary="Exchange a one-time token for a key",
    dependencies=[allow(Door.ANYBODY)],
    # The token itself works once; storing the answer would store the key.
    openapi_extra={"x-idempotent-by-nature": True},
)
async def exchange_token(body: TokenExchange, call: Current) -> TokenExchanged:
    """Uses up the one-time link of an invitation or sign-in mail and answers that person's own key."""
    organization_id, token_id = await service.find_token_organization(call.database, call.settings, body.token)
    async with call.database.transaction(organization_id) as session:
        key = await service.exchange_token(session, token_id, settings=call.settings)
    employee_id = key.row.employee_id
    assert employee_id is not None  # noqa: S101  # one-time tokens belong to people
    return TokenExchanged(
        api_key=key.secret,
        organization_id=organization_id,
        employee_id=employee_id,
        expires_at=key.row.expires_at,
    )
