"""Oktopost, declared. Facts: the vendor's pages, as listed in this folder's README."""

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
    GoalFeed,
    Level,
    LicenceModel,
    Manifest,
    PersonData,
    ReportKind,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from connectors.sdk.models import ReportSubject

STORY_REPORT = "stories"
ADVOCATE_REPORT = "advocates"
FOLLOWERS = "page_followers"
FOLLOWERS_GAINED = "page_followers_gained"
_PROFILE = "ID of a social profile in Oktopost (003-...), from GET /credential"

MANIFEST = Manifest(
    slug="oktopost",
    title="Oktopost",
    kind=ConnectorKind.PLATFORM,
    networks=("linkedin", "x", "facebook", "instagram", "wechat", "xing"),
    auth=ApiKey(),
    capabilities=frozenset(
        {
            Capability.CHECK,
            Capability.LIST_DESTINATIONS,
            Capability.PUSH_CONTENT,
            Capability.FIND_CONTENT,
            Capability.WITHDRAW_CONTENT,
            Capability.READ_CONTENT_METRICS,
            Capability.READ_GOAL_FEED,
            Capability.SYNC_AUDIENCE,
            Capability.IMPORT_REPORT,
            Capability.RECEIVE_WEBHOOK,
        }
    ),
    settings=(
        SettingField("account_id", "Account ID (My Profile, API)", required=True),
        SettingField("api_key", "API key (My Profile, API)", secret=True, required=True),
        SettingField("campaign_id", "ID of the campaign that pushed content belongs to (002...)", required=True),
        SettingField("webhook_secret", "Secret of the webhook that calls us, if there is one", secret=True),
        SettingField(
            "api_url",
            "Address of the API; for accounts in the EU https://eu-api.oktopost.com",
            default="https://api.oktopost.com",
        ),
    ),
    reports=(
        ReportKind(STORY_REPORT, "Numbers by story (CSV or ZIP)", ReportSubject.ITEM, ("StoryId", "ShareCount")),
        ReportKind(ADVOCATE_REPORT, "Numbers by advocate (CSV or ZIP)", ReportSubject.PERSON, ("Email", "ShareCount")),
    ),
    goal_feeds=(
        GoalFeed(FOLLOWERS, "Followers of a social profile", "total", _PROFILE),
        GoalFeed(FOLLOWERS_GAINED, "Followers that a social profile gained", "added", _PROFILE),
    ),
    # Both count the calls of the user that the key belongs to. The third limit, 120 in five seconds, is the looser one.
    budgets=(
        Budget("user_minute", BudgetScope.ACCOUNT, 60, seconds=60),
        Budget("user_day", BudgetScope.ACCOUNT, 20_000),
    ),
    licence=LicenceModel.CONTRACT,
    setup_effort=SetupEffort.MINUTES,
    # Advocates take seats of the plan; there is no published price.
    cost=CostModel(CostBasis.PER_SEAT, source="https://developers.oktopost.com/docs/api/advocacy/advocates"),
    fit=FitFacts(
        structure=Level.MEDIUM,
        person_data=PersonData.EVERYTHING,
        because={
            "people_from": "not known",
            "people_to": "not known",
            "structure": "vendor document section 3: several boards, topics and teams in one account; nothing is said"
            " of several companies under one roof",
            "person_data": "vendor document section 3, response 3d: an advocate's latest shares can be read with text,"
            " network and time",
            "ease": "not known",
            "support": "not known",
        },
    ),
    verified=Verified(how=VerifiedHow.SIMULATOR, on=date(2026, 11, 25), source="https://developers.oktopost.com"),
    links={
        "API documentation": "https://developers.oktopost.com",
        "Boards of advocates": "https://board.oktopost.com",
    },
)
