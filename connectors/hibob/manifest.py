"""HiBob, declared. Facts: the pages named in this folder's README."""

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
    slug="hibob",
    title="HiBob",
    kind=ConnectorKind.DIRECTORY,
    auth=ApiKey(),
    capabilities=frozenset({Capability.CHECK, Capability.LIST_DIRECTORY}),
    settings=(
        SettingField("service_user_id", "ID of the service user", required=True),
        SettingField("token", "Token of the service user", secret=True, required=True),
        SettingField("job_family_field", "Id of your field for the job family, if you have one"),
        SettingField("job_level_field", "Id of your field for the job level, if you have one"),
        SettingField("api_url", "Address of the API", default="https://api.hibob.com/v1"),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.DAYS,
    verified=Verified(how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://apidocs.hibob.com/"),
    links={"API documentation": "https://apidocs.hibob.com/"},
)
