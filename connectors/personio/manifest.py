"""Personio, declared. Facts: the pages named in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    ClientCredentials,
    ConnectorKind,
    LicenceModel,
    Manifest,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

MANIFEST = Manifest(
    slug="personio",
    title="Personio",
    kind=ConnectorKind.DIRECTORY,
    auth=ClientCredentials(),
    capabilities=frozenset({Capability.AUTHENTICATE, Capability.CHECK, Capability.LIST_DIRECTORY}),
    settings=(
        SettingField("client_id", "Client ID of the API credentials", required=True),
        SettingField("client_secret", "Secret of the API credentials", secret=True, required=True),
        SettingField("api_url", "Address of the API", default="https://api.personio.de"),
    ),
    languages=("en", "de"),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.MINUTES,
    verified=Verified(how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://developer.personio.de/"),
    links={"API documentation": "https://developer.personio.de/"},
)
