"""Big Board, declared: what it can do, what it needs, and how that is known."""

from datetime import date

from connectors.sdk import (
    ApiKey,
    Capability,
    ConnectorKind,
    LicenceModel,
    Manifest,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

MANIFEST = Manifest(
    slug="big_board",
    title="Big Board",
    kind=ConnectorKind.PLATFORM,
    # On which people share from this platform.
    networks=("linkedin",),
    # ClientCredentials where a client id and secret are changed into a token, OAuth2Code where a person connects.
    auth=ApiKey(),
    # What the vendor does not offer is not declared, and is then never asked for.
    capabilities=frozenset(
        {
            Capability.CHECK,
            Capability.LIST_DESTINATIONS,
            Capability.PUSH_CONTENT,
            Capability.WITHDRAW_CONTENT,
        }
    ),
    settings=(
        SettingField("api_url", "Address of your Big Board", required=True),
        SettingField("api_key", "Key of Big Board", secret=True, required=True),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.DAYS,
    verified=Verified(
        how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://www.rfc-editor.org/rfc/rfc9110"
    ),
)
