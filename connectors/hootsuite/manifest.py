"""Hootsuite, declared. Facts: the vendor's API files and pages, as listed in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    Budget,
    BudgetScope,
    ConnectorKind,
    CostBasis,
    CostModel,
    FitFacts,
    Level,
    LicenceModel,
    Limits,
    Manifest,
    MediaLimit,
    OAuth2Code,
    PersonData,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from connectors.sdk.models import MediaKind

SCOPE_OFFLINE = "offline"
SCOPE_ANALYTICS = "analytics:read"

#: Hootsuite publishes no size; above these the networks behind it refuse what we know of.
_IMAGE_MAX_BYTES = 20 * 1024 * 1024
_VIDEO_MAX_BYTES = 500 * 1024 * 1024

MANIFEST = Manifest(
    slug="hootsuite",
    title="Hootsuite",
    kind=ConnectorKind.PLATFORM,
    networks=("linkedin", "facebook", "x", "instagram", "threads"),
    auth=OAuth2Code(
        scopes={
            Capability.REFRESH_CREDENTIALS: (SCOPE_OFFLINE,),
            Capability.READ_CONTENT_METRICS: (SCOPE_ANALYTICS,),
        },
        # S256 stands in the metadata and nowhere in the documents; never tried on the real service.
        pkce=False,
    ),
    capabilities=frozenset(
        {
            Capability.AUTHORIZE,
            Capability.REFRESH_CREDENTIALS,
            Capability.CHECK,
            Capability.LIST_DESTINATIONS,
            Capability.PUSH_CONTENT,
            Capability.FIND_CONTENT,
            Capability.WITHDRAW_CONTENT,
            Capability.READ_CONTENT_METRICS,
            Capability.SYNC_AUDIENCE,
            Capability.RECEIVE_WEBHOOK,
        }
    ),
    # LinkedIn's own limit: Hootsuite publishes none, and the network would refuse only at the time of sending.
    advisory=Limits(text_max_chars=3000),
    media=(
        MediaLimit(MediaKind.IMAGE, ("image/png", "image/jpeg", "image/jpg", "image/gif"), _IMAGE_MAX_BYTES),
        MediaLimit(MediaKind.VIDEO, ("video/mp4",), _VIDEO_MAX_BYTES),
    ),
    budgets=(
        Budget("account_second", BudgetScope.ACCOUNT, 20, seconds=1),
        Budget("account_day", BudgetScope.ACCOUNT, 100_000),
    ),
    settings=(
        SettingField("client_id", "Client ID of your Hootsuite app", required=True),
        SettingField("client_secret", "Client secret of your Hootsuite app", secret=True, required=True),
        SettingField("scopes", "Scopes to ask for, separated by spaces", default=SCOPE_OFFLINE),
        SettingField("webhook_url", "Address of this connection that Hootsuite tells about each message"),
        SettingField("api_url", "Address of Hootsuite", default="https://platform.hootsuite.com"),
    ),
    languages=("en",),
    licence=LicenceModel.PER_SEAT,
    setup_effort=SetupEffort.WEEKS,
    cost=CostModel(
        CostBasis.PER_SEAT,
        source="vendor document sections 1 and 6: calls are free of charge, each employee needs a seat",
    ),
    fit=FitFacts(
        structure=Level.HIGH,
        person_data=PersonData.COUNTS,
        because={
            "people_from": "not known: the vendor document names no size",
            "people_to": "not known: the vendor document names no size",
            "structure": "vendor document section 3.2: organizations, teams and rights per profile and member",
            "person_data": "vendor document section 3.7: the hashes in advocates' links lead to a member, so that"
            " clicks can be counted per person; what Amplify's own reports show is not known",
            "ease": "not known: advocates share from the Amplify app, which the vendor document does not describe",
            "support": "not known",
        },
    ),
    verified=Verified(
        how=VerifiedHow.SIMULATOR,
        on=date(2026, 11, 25),
        source="https://apidocs.hootsuite.com/docs/api/swagger.yaml",
    ),
    links={
        "Developer pages": "https://developer.hootsuite.com/docs",
        "API reference": "https://apidocs.hootsuite.com",
        "Amplify help": "https://help.hootsuite.com/hc/en-us/articles/1260804305409",
    },
)
