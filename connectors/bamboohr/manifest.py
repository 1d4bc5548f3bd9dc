"""BambooHR, declared. Facts: the pages named in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    ApiKey,
    ConnectorKind,
    LicenceModel,
    Manifest,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

MANIFEST = Manifest(
    slug="bamboohr",
    title="BambooHR",
    kind=ConnectorKind.DIRECTORY,
    auth=ApiKey(),
    capabilities=frozenset({Capability.CHECK, Capability.LIST_DIRECTORY}),
    settings=(
        SettingField("subdomain", "Company domain: what stands before .bamboohr.com", required=True),
        SettingField("api_key", "API key of a user who may see everybody's job data", secret=True, required=True),
        SettingField("job_family_field", "Name of your field for the job family, if you have one"),
        SettingField("job_level_field", "Name of your field for the job level, if you have one"),
        SettingField(
            "api_url",
            "Address of the API, before the company domain",
            default="https://api.bamboohr.com/api/gateway.php",
        ),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.MINUTES,
    verified=Verified(
        how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://documentation.bamboohr.com/docs"
    ),
    links={"API documentation": "https://documentation.bamboohr.com/docs"},
)
