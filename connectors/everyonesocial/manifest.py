"""EveryoneSocial, declared. Facts: the vendor's API file and help pages, as listed in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    ApiKey,
    Budget,
    BudgetScope,
    ConnectorKind,
    CostBasis,
    CostModel,
    FitFacts,
    LicenceModel,
    Manifest,
    MediaLimit,
    PersonData,
    ReportKind,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from connectors.sdk.models import MediaKind, ReportSubject

API_TOKEN = "api_token"
SCIM_TOKEN = "scim_token"
SCIM_URL = "scim_url"
USER_REPORT = "user_report"

MANIFEST = Manifest(
    slug="everyonesocial",
    title="EveryoneSocial",
    kind=ConnectorKind.PLATFORM,
    # Those that the public API file and the help pages name; which strings `network` may hold is not documented.
    networks=("linkedin", "x", "facebook"),
    auth=ApiKey(),
    capabilities=frozenset(
        {
            Capability.CHECK,
            Capability.LIST_DESTINATIONS,
            Capability.PUSH_CONTENT,
            Capability.FIND_CONTENT,
            Capability.WITHDRAW_CONTENT,
            Capability.READ_CONTENT_METRICS,
            Capability.SYNC_AUDIENCE,
            Capability.IMPORT_REPORT,
        }
    ),
    # Neither is required: a workspace may have bought only one of the two doors.
    settings=(
        SettingField(API_TOKEN, "API token (beta) of the workspace's account page, without “Bearer”", secret=True),
        SettingField("api_url", "Address of the content API", default="https://api.everyonesocial.app"),
        SettingField(SCIM_TOKEN, "SCIM token, from the customer success manager", secret=True),
        SettingField(SCIM_URL, "Address of the SCIM service, from the customer success manager"),
    ),
    # No size is documented: these are ours, well below what the networks behind take.
    media=(
        MediaLimit(MediaKind.IMAGE, ("image/jpeg", "image/png", "image/gif"), 10_000_000),
        MediaLimit(MediaKind.VIDEO, ("video/mp4", "video/quicktime"), 200_000_000),
    ),
    # The vendor names no limit; two calls a second is what its beta can be asked for without harm.
    budgets=(Budget("api_minute", BudgetScope.APPLICATION, 120, seconds=60),),
    reports=(
        ReportKind(
            USER_REPORT,
            "Admin analytics, report of users (CSV)",
            ReportSubject.PERSON,
            columns=("Name", "Shares", "Clicks"),
        ),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.DAYS,
    cost=CostModel(
        CostBasis.PER_SEAT,
        source="https://everyonesocial.com/privacy-policy/fair-billing-policy-business-enterprise-plans/",
    ),
    fit=FitFacts(
        person_data=PersonData.EVERYTHING,
        because={
            "people_from": "not known",
            "people_to": "not known",
            "structure": "not known; groups, departments, locations and segments exist (vendor document section 5)",
            "person_data": "An item lists by name who shared it (shared_by), share statistics can be asked for by"
            " user, and the user report counts reach, shares and clicks per named person (vendor document sections 3"
            " and 5)",
            "ease": "not known",
            "support": "not known",
        },
    ),
    verified=Verified(
        how=VerifiedHow.SIMULATOR,
        on=date(2026, 11, 25),
        source="https://everyonesocial.github.io/everyonesocial-api/",
    ),
    links={
        "API, public page": "https://everyonesocial.github.io/everyonesocial-api/",
        "SCIM provisioning": "https://help.everyonesocial.app/article/625-configure-scim-provisioning-for-everyonesocial",
        "Invitations by CSV": "https://help.everyonesocial.com/article/562-invite-users-to-join-everyonesocial",
    },
)
