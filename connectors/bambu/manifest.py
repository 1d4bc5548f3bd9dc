"""Sprout Social and Employee Advocacy (formerly Bambu), declared. Facts: the pages named in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    Budget,
    BudgetScope,
    ClientCredentials,
    ConnectorKind,
    CostBasis,
    CostModel,
    FitFacts,
    GoalFeed,
    Level,
    LicenceModel,
    Manifest,
    MediaLimit,
    ReportKind,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from connectors.sdk.models import MediaKind, ReportSubject

STORY_REPORT = "advocacy_stories"
READER_REPORT = "advocacy_readers"

#: The simple upload's limit; the upload in parts goes beyond it, but makes the caller wait and poll.
MAX_MEDIA_BYTES = 50 * 1024 * 1024

_PROFILE = "Number of the profile in Sprout (customer_profile_id)"

MANIFEST = Manifest(
    slug="bambu",
    title="Employee Advocacy by Sprout Social (formerly Bambu)",
    kind=ConnectorKind.PLATFORM,
    networks=(
        "linkedin",
        "facebook",
        "instagram",
        "threads",
        "x",
        "youtube",
        "tiktok",
        "pinterest",
        "google_business",
    ),
    auth=ClientCredentials(),
    capabilities=frozenset(
        {
            Capability.AUTHENTICATE,
            Capability.CHECK,
            Capability.LIST_DESTINATIONS,
            Capability.UPLOAD_MEDIA,
            Capability.PUSH_CONTENT,
            Capability.READ_CONTENT_METRICS,
            Capability.READ_GOAL_FEED,
            Capability.IMPORT_REPORT,
        }
    ),
    settings=(
        SettingField("customer_id", "Customer ID of your Sprout account", required=True),
        SettingField("client_id", "Client ID (OAuth, machine to machine)"),
        SettingField("client_secret", "Client secret (OAuth, machine to machine)", secret=True),
        SettingField("api_token", "API token, instead of client ID and secret", secret=True),
        SettingField("scope", "Scope to ask for", default="organization_id"),
        SettingField("draft_lead_hours", "Hours from now for which an item without a time is drafted", default="24"),
        SettingField("story_column", "Heading of the story's title in the advocacy report", default="Story"),
        SettingField("reader_column", "Heading of the person's e-mail address in the report", default="Email"),
        SettingField("shares_column", "Heading of the number of shares in the report", default="Shares"),
        SettingField("clicks_column", "Heading of the number of clicks in the report", default="Clicks"),
        SettingField("impressions_column", "Heading of the number of impressions in the report", default="Impressions"),
        SettingField("api_url", "Address of the API", default="https://api.sproutsocial.com"),
        SettingField(
            "oauth_url",
            "Address of the sign-in (issuer)",
            default="https://identity.sproutsocial.com/oauth2/84e39c75-d770-45d9-90a9-7b79e3037d2c",
        ),
    ),
    # The vendor names no file types; these are taken by every network that Sprout drafts for. Four is what X shows.
    media=(
        MediaLimit(MediaKind.IMAGE, ("image/png", "image/jpeg"), MAX_MEDIA_BYTES, most_per_post=4),
        MediaLimit(MediaKind.VIDEO, ("video/mp4",), MAX_MEDIA_BYTES),
    ),
    reports=(
        ReportKind(STORY_REPORT, "Advocacy numbers by story (CSV)", ReportSubject.ITEM, ("Story", "Shares")),
        ReportKind(READER_REPORT, "Advocacy numbers by person (CSV)", ReportSubject.PERSON, ("Email", "Shares")),
    ),
    goal_feeds=(
        GoalFeed("page_followers", "Followers of a connected profile", "total", _PROFILE),
        GoalFeed("page_followers_gained", "Followers that a connected profile gained", "added", _PROFILE),
        GoalFeed("page_impressions", "Impressions of a connected profile", "added", _PROFILE),
    ),
    # 60 a minute and 250,000 a month, for the whole customer account; the month in 31 equal parts.
    budgets=(
        Budget("customer_minute", BudgetScope.ACCOUNT, 60, seconds=60),
        Budget("customer_day", BudgetScope.ACCOUNT, 250_000 // 31),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.DAYS,
    cost=CostModel(CostBasis.PER_SEAT, source="common public knowledge; the vendor document names plans, no prices"),
    fit=FitFacts(
        structure=Level.MEDIUM,
        because={
            "people_from": "not known",
            "people_to": "not known",
            "structure": "vendor document section 3f: teams, topics limited to teams, and five roles; several companies"
            " under one roof are not described",
            "person_data": "not known: the columns of its reports were not read",
            "ease": "not known",
            "support": "not known",
        },
    ),
    verified=Verified(how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://api.sproutsocial.com/docs/"),
    links={
        "API documentation": "https://api.sproutsocial.com/docs/",
        "Sprout Social": "https://app.sproutsocial.com/",
        "Employee Advocacy": "https://advocacy.sproutsocial.com/",
    },
)
