"""VoiceStorm and Firstup, declared: what either generation offers. Facts: the sources of this folder's README."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from connectors.sdk.capabilities import Capability
from connectors.sdk.errors import ConfigurationInvalid
from connectors.sdk.manifest import (
    Budget,
    BudgetScope,
    ClientCredentials,
    ConnectorKind,
    CostBasis,
    CostModel,
    FitFacts,
    LicenceModel,
    Manifest,
    PersonData,
    ReportKind,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from connectors.sdk.models import Context, ReportSubject


class Generation(StrEnum):
    """Two APIs that share nothing but a history; the setting `generation` says which one a customer is on."""

    FIRSTUP = "firstup"
    VOICESTORM = "voicestorm"


#: What is refused, before any call, when the setting says the other generation.
OFFERS: Mapping[Generation, frozenset[Capability]] = {
    Generation.FIRSTUP: frozenset(
        {
            Capability.AUTHENTICATE,
            Capability.CHECK,
            Capability.LIST_DESTINATIONS,
            Capability.PUSH_CONTENT,
            Capability.FIND_CONTENT,
            Capability.WITHDRAW_CONTENT,
            Capability.SYNC_AUDIENCE,
            Capability.RECEIVE_WEBHOOK,
        }
    ),
    Generation.VOICESTORM: frozenset(
        {Capability.AUTHENTICATE, Capability.CHECK, Capability.SYNC_AUDIENCE, Capability.IMPORT_REPORT}
    ),
}

MEMBER_REPORT = "voicestorm_members"

MANIFEST = Manifest(
    slug="voicestorm",
    title="VoiceStorm / Firstup",
    kind=ConnectorKind.PLATFORM,
    auth=ClientCredentials(),
    capabilities=OFFERS[Generation.FIRSTUP] | OFFERS[Generation.VOICESTORM],
    settings=(
        SettingField(
            "generation",
            "Which API: firstup, or voicestorm for a community that was never moved",
            default=Generation.FIRSTUP,
        ),
        SettingField("client_id", "Client ID from Firstup (VoiceStorm: Access Token)", required=True),
        SettingField(
            "client_secret", "Client secret from Firstup (VoiceStorm: Token Secret)", secret=True, required=True
        ),
        SettingField("region", "Firstup: region of the program (us1, us2 or eu)", default="us1"),
        SettingField("api_url", "Firstup: address of the API, when it is not the region's own"),
        SettingField("auth_url", "Firstup: address of the sign-in, when it is not the region's own"),
        SettingField("author_user_id", "Firstup: user number that content appears under"),
        SettingField("webhook_authorization", "Firstup: authorization header of the webhook subscription", secret=True),
        SettingField(
            "webhook_authorization_previous", "Firstup: the header before it, while it is being changed", secret=True
        ),
        SettingField("community_url", "VoiceStorm: address of the community, https://….voicestorm.com"),
        SettingField("scim_url", "VoiceStorm: SCIM API URL of the console (Admin, Advanced, API)"),
        SettingField("scim_token", "VoiceStorm: bearer token of the same page", secret=True),
    ),
    reports=(ReportKind(MEMBER_REPORT, "VoiceStorm: Member report (CSV)", ReportSubject.PERSON, columns=("UserId",)),),
    # Firstup's, per program. VoiceStorm counts by classes of endpoints that are not known one by one: see the README.
    budgets=(Budget("program_minute", BudgetScope.APPLICATION, 1000, seconds=60),),
    licence=LicenceModel.CONTRACT,
    # Client id and secret are issued by the vendor's support on request.
    setup_effort=SetupEffort.DAYS,
    cost=CostModel(CostBasis.PER_SEAT, source="not published; quoted by the vendor"),
    fit=FitFacts(
        person_data=PersonData.EVERYTHING,
        because={
            "people_from": "not known",
            "people_to": "not known",
            "structure": "not known",
            "person_data": "vendor document section 5: Advocacy insights show which campaigns were shared, by whom and"
            " where, and VoiceStorm's Member report has a row for each person",
            "ease": "not known",
            "support": "not known",
        },
    ),
    verified=Verified(
        how=VerifiedHow.SIMULATOR,
        on=date(2026, 11, 25),
        source="https://developers.firstup.io/contentandpublishing/create_article",
    ),
    links={
        "Firstup API": "https://developers.firstup.io/endpoints/openapi",
        "Firstup sign-in": "https://developers.firstup.io/authorization/authenticationandauthorization",
        "VoiceStorm account syncing": "https://support.dynamicsignal.com/hc/en-us/articles/4415592309783",
    },
)


def generation(ctx: Context) -> Generation:
    """Which API the settings name; raises ConfigurationInvalid for any other word."""
    value = MANIFEST.setting(ctx, "generation")
    try:
        return Generation(value)
    except ValueError:
        raise ConfigurationInvalid(
            "the setting generation is neither firstup nor voicestorm",
            message="The setting “generation” must be “firstup” or “voicestorm”.",
        ) from None
