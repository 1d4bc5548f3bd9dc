"""Acme, declared: what it can do, what it needs, and how that is known."""

from datetime import date

from connectors.sdk import (
    ApiKey,
    Capability,
    ConnectorKind,
    Limits,
    Manifest,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

MANIFEST = Manifest(
    slug="acme",
    title="Acme",
    kind=ConnectorKind.NETWORK,
    networks=("acme",),
    # OAuth2Code where each person connects their own account, ClientCredentials for a client id and secret.
    auth=ApiKey(),
    # What the vendor does not offer is not declared, and is then never asked for.
    capabilities=frozenset({Capability.CHECK, Capability.PUBLISH_AS_MEMBER, Capability.DELETE_POST}),
    settings=(
        SettingField("api_url", "Address of your Acme", required=True),
        SettingField("api_key", "Key of Acme", secret=True, required=True),
    ),
    advisory=Limits(text_max_chars=500),
    setup_effort=SetupEffort.MINUTES,
    verified=Verified(
        how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://www.rfc-editor.org/rfc/rfc9110"
    ),
)
