"""What is installed to distribute through, and how well each of it fits an organization."""

from __future__ import annotations

from fastapi import APIRouter

from connectors.sdk import registry
from connectors.sdk.manifest import ApiKey, ClientCredentials, ConnectorKind, Manifest, OAuth2Code
from services.api.dependencies import Current, allow
from services.api.routing import Router
from services.core.connections.errors import UnknownConnector
from services.core.connections.schemas import ConnectorRead
from services.core.kit.schemas import Listing
from services.core.organizations.rules import Door, Permission
from services.core.platforms import fit
from services.core.platforms.fit_schemas import FitNeeds, FitRead

router: APIRouter = Router(tags=["Connectors"])

_AUTH = {OAuth2Code: "oauth2_code", ClientCredentials: "client_credentials", ApiKey: "api_key"}


@router.get(
    "/v1/connectors",
    operation_id="connectors_list",
    summary="List connectors",
    dependencies=[allow(Door.KNOWN)],
)
async def list_connectors(call: Current) -> Listing[ConnectorRead]:
    """Lists the connectors that are installed, with what each can do, needs and costs."""
    found = [
        _shown(connector.manifest, is_configured=not connector.manifest.missing_settings(
            call.settings.connectors.get(connector.manifest.slug, {})
        ))
        for connector in registry.list_connectors()
    ]  # fmt: skip
    return Listing(data=found, next_cursor=None)


def _shown(manifest: Manifest, *, is_configured: bool) -> ConnectorRead:
    return ConnectorRead.model_validate(
        {
            "slug": manifest.slug,
            "title": manifest.title,
            "kind": manifest.kind,
            "capabilities": sorted(manifest.capabilities),
            "networks": list(manifest.networks),
            "needs_account": isinstance(manifest.auth, OAuth2Code) and manifest.kind is ConnectorKind.NETWORK,
            "auth": _AUTH.get(type(manifest.auth), "none"),
            "is_configured": is_configured,
            "settings": [
                {"name": one.name, "title": one.title, "default": one.default, "is_secret": one.secret,
                 "is_required": one.required}
                for one in manifest.settings
            ],
            "text_max_chars": manifest.advisory.text_max_chars,
            "languages": list(manifest.languages),
            "licence": manifest.licence,
            "setup_effort": manifest.setup_effort,
            "cost_basis": manifest.cost.basis if manifest.cost else None,
            "version_ends_on": manifest.api_version_sunset_on,
            "verified_by": manifest.verified.how,
            "verified_on": manifest.verified.on,
            "reports": [
                {"name": one.name, "title": one.title, "columns": list(one.columns)} for one in manifest.reports
            ],
            "goal_feeds": [
                {"name": one.name, "title": one.title, "measures": one.measures, "subject_title": one.subject_title}
                for one in manifest.goal_feeds
            ],
        }
    )  # fmt: skip


@router.post(
    "/v1/connectors/fit",
    operation_id="connectors_compare",
    summary="Compare all platforms and networks",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def compare_connectors(call: Current, body: FitNeeds) -> Listing[FitRead]:
    """Weighs every installed connector against your needs, the best first, and explains each score. Stores nothing."""
    manifests = [one.manifest for one in registry.list_connectors()]
    return Listing(data=[FitRead.of(one) for one in fit.compare(manifests, body.needs())], next_cursor=None)


@router.post(
    "/v1/connectors/{slug}/fit",
    operation_id="connectors_fit",
    summary="How well one connector fits",
    dependencies=[allow(Permission.PROGRAMS_READ)],
)
async def fit_of_connector(call: Current, slug: str, body: FitNeeds) -> FitRead:
    """Weighs one connector against your needs and explains each score. Stores nothing."""
    try:
        manifest = registry.get_connector(slug).manifest
    except registry.ConnectorNotFound:
        raise UnknownConnector(slug=slug) from None
    return FitRead.of(fit.judge(manifest, body.needs()))
