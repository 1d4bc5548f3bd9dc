"""LinkedIn, declared. Facts: LinkedIn's pages on Microsoft Learn, as listed in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    Budget,
    BudgetScope,
    ConnectorKind,
    LicenceModel,
    Limits,
    Manifest,
    OAuth2Code,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)

SCOPE_PUBLISH = "w_member_social"
SCOPE_METRICS = "r_member_postAnalytics"

MANIFEST = Manifest(
    slug="linkedin",
    title="LinkedIn",
    kind=ConnectorKind.NETWORK,
    networks=("linkedin",),
    auth=OAuth2Code(
        scopes={
            Capability.AUTHORIZE: ("openid", "profile"),
            Capability.CHECK: ("openid",),
            Capability.PUBLISH_AS_MEMBER: (SCOPE_PUBLISH,),
            Capability.DELETE_POST: (SCOPE_PUBLISH,),
            Capability.READ_METRICS: (SCOPE_METRICS,),
        },
        # LinkedIn's web flow takes no PKCE; its separate native flow has to be enabled per app.
        pkce=False,
    ),
    capabilities=frozenset(
        {
            Capability.AUTHORIZE,
            Capability.REFRESH_CREDENTIALS,
            Capability.CHECK,
            Capability.PUBLISH_AS_MEMBER,
            Capability.DELETE_POST,
            Capability.READ_METRICS,
        }
    ),
    advisory=Limits(text_max_chars=3000, posts_per_day=150, duplicate_window_hours=48),
    # "Share on LinkedIn", per UTC day.
    budgets=(
        Budget("member_day", BudgetScope.ACCOUNT, 150),
        Budget("application_day", BudgetScope.APPLICATION, 100_000),
    ),
    settings=(
        SettingField("client_id", "Client ID of your LinkedIn app", required=True),
        SettingField("client_secret", "Client secret of your LinkedIn app", secret=True, required=True),
        SettingField("scopes", "Scopes to ask for, separated by spaces", default="openid profile w_member_social"),
        SettingField("api_version", "API version (YYYYMM)", default="202609"),
        SettingField("api_url", "Address of the API", default="https://api.linkedin.com"),
        SettingField("oauth_url", "Address of the sign-in pages", default="https://www.linkedin.com"),
    ),
    languages=("en", "he", "de", "fr", "es", "pt", "it", "nl", "ja", "zh", "ar"),
    licence=LicenceModel.FREE_APP,
    setup_effort=SetupEffort.MINUTES,
    # Versions live at least twelve months and end mid-month.
    api_version_sunset_on=date(2027, 9, 15),
    verified=Verified(
        how=VerifiedHow.SIMULATOR,
        on=date(2026, 11, 24),
        source="https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api",
    ),
    links={
        "Your apps": "https://www.linkedin.com/developers/apps",
        "Share on LinkedIn": "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin",
    },
)
