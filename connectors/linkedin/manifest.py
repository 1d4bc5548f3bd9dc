"""LinkedIn, declared. Facts: LinkedIn's pages on Microsoft Learn, as listed in this folder's README."""

from datetime import date

from connectors.sdk.capabilities import Capability
from connectors.sdk.manifest import (
    Budget,
    BudgetScope,
    ConnectorKind,
    GoalFeed,
    LicenceModel,
    Limits,
    Manifest,
    MediaLimit,
    OAuth2Code,
    SettingField,
    SetupEffort,
    Verified,
    VerifiedHow,
)
from connectors.sdk.models import MediaKind

SCOPE_PUBLISH = "w_member_social"
SCOPE_COMMENT = "w_member_social_feed"
SCOPE_METRICS = "r_member_postAnalytics"
SCOPE_ORGANIZATION = "rw_organization_admin"

_OFFICE = "application/vnd.openxmlformats-officedocument"


def _feed(name: str, title: str, *, measures: str = "added") -> GoalFeed:
    return GoalFeed(name, title, measures=measures, subject_title="Your company page (urn:li:organization:…)")


MANIFEST = Manifest(
    slug="linkedin",
    title="LinkedIn",
    kind=ConnectorKind.NETWORK,
    networks=("linkedin",),
    auth=OAuth2Code(
        scopes={
            Capability.AUTHORIZE: ("openid", "profile"),
            Capability.CHECK: ("openid",),
            Capability.UPLOAD_MEDIA: (SCOPE_PUBLISH,),
            Capability.PUBLISH_AS_MEMBER: (SCOPE_PUBLISH,),
            Capability.COMMENT_AS_MEMBER: (SCOPE_COMMENT,),
            Capability.DELETE_POST: (SCOPE_PUBLISH,),
            Capability.READ_METRICS: (SCOPE_METRICS,),
            Capability.READ_GOAL_FEED: (SCOPE_ORGANIZATION,),
        },
        # LinkedIn's web flow takes no PKCE; its separate native flow has to be enabled per app.
        pkce=False,
    ),
    capabilities=frozenset(
        {
            Capability.AUTHORIZE,
            Capability.REFRESH_CREDENTIALS,
            Capability.CHECK,
            Capability.UPLOAD_MEDIA,
            Capability.PUBLISH_AS_MEMBER,
            Capability.COMMENT_AS_MEMBER,
            Capability.DELETE_POST,
            Capability.READ_METRICS,
            Capability.READ_GOAL_FEED,
        }
    ),
    advisory=Limits(text_max_chars=3000, posts_per_day=150, duplicate_window_hours=48),
    media=(
        # No limit of bytes is published for images. Below 36,152,320 pixels are taken, and no format needs more than
        # four bytes for one.
        MediaLimit(MediaKind.IMAGE, ("image/jpeg", "image/png", "image/gif"), max_bytes=144_609_280, most_per_post=20),
        MediaLimit(MediaKind.VIDEO, ("video/mp4",), max_bytes=500_000_000),
        MediaLimit(
            MediaKind.DOCUMENT,
            (
                "application/pdf",
                "application/msword",
                "application/vnd.ms-powerpoint",
                f"{_OFFICE}.wordprocessingml.document",
                f"{_OFFICE}.presentationml.presentation",
            ),
            max_bytes=100_000_000,
        ),
    ),
    can_reshare=True,
    goal_feeds=(
        _feed("page_followers", "Followers of the company page", measures="total"),
        _feed("page_followers_gained", "Followers that the company page gained"),
        _feed("page_views", "Views of the company page"),
        _feed("page_visitors", "Unique visitors of the company page, day by day"),
        _feed("page_post_impressions", "Impressions of the company page's posts"),
        _feed("page_post_reach", "Members reached by the company page's posts, day by day"),
        _feed("page_post_clicks", "Clicks on the company page's posts"),
        _feed("page_post_reactions", "Reactions to the company page's posts"),
        _feed("page_post_comments", "Comments on the company page's posts"),
        _feed("page_post_reshares", "Reshares of the company page's posts"),
    ),
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
        SettingField(
            "upload_hosts",
            "Hosts that files may be sent to, besides those of the two addresses, separated by spaces",
            default="www.linkedin.com",
        ),
    ),
    languages=("en", "he", "de", "fr", "es", "pt", "it", "nl", "ja", "zh", "ar"),
    licence=LicenceModel.FREE_APP,
    setup_effort=SetupEffort.MINUTES,
    # Versions live at least twelve months and end mid-month.
    api_version_sunset_on=date(2027, 9, 15),
    verified=Verified(
        how=VerifiedHow.SIMULATOR,
        on=date(2026, 11, 25),
        source="https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api",
    ),
    links={
        "Your apps": "https://www.linkedin.com/developers/apps",
        "Share on LinkedIn": "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin",
    },
)
