"""The chosen surface of the SDK: names, errors, manifests, ports and the registry."""

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import EntryPoint

import pytest

import connectors.sdk as sdk
from connectors.demo import connector as demo
from connectors.linkedin import connector as linkedin
from connectors.sdk import (
    Capability,
    CapabilityMissing,
    ConfigurationInvalid,
    ConnectorError,
    ConnectorNotFound,
    Context,
    NoAuth,
    OAuth2Code,
    PublishesAsMember,
    RateLimited,
    Registry,
    Rejected,
    SettingField,
    SharesLinks,
    Verified,
    VerifiedHow,
    build_client,
    port,
)
from connectors.sdk import errors as error_module
from connectors.sdk.registry import GROUP

AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
FAMILY = {
    "rate_limited",
    "vendor_unavailable",
    "outcome_unknown",
    "reauth_required",
    "scope_missing",
    "configuration_invalid",
    "rejected",
    "capability_missing",
    "protocol_violation",
    "webhook_refused",
}
EXPORTED = [
    "DIRECTORY_FIELDS",
    "DirectoryPage",
    "DirectoryPerson",
    "ListsDirectory",
    "items_of",
    "Account",
    "Actor",
    "Answer",
    "ApiKey",
    "AudienceMember",
    "AudiencePage",
    "AudiencePerson",
    "AuthenticatesOrganizations",
    "AuthorizesMembers",
    "BrokenConnector",
    "Budget",
    "BudgetScope",
    "Capability",
    "CapabilityMissing",
    "Checks",
    "ClientCredentials",
    "CommentsAsMember",
    "ConfigurationInvalid",
    "Connector",
    "ConnectorError",
    "ConnectorKind",
    "ConnectorNotFound",
    "ContentPreview",
    "ContentState",
    "Context",
    "CostBasis",
    "CostModel",
    "Credentials",
    "DeletesPosts",
    "Destination",
    "FeedReading",
    "FindsContent",
    "FindsPosts",
    "FitFacts",
    "GoalFeed",
    "ImportsReports",
    "LentTransport",
    "Level",
    "LicenceModel",
    "Limits",
    "LinkCard",
    "ListsDestinations",
    "Loss",
    "Manifest",
    "Media",
    "MediaKind",
    "MediaLimit",
    "Metric",
    "MetricReading",
    "MissingReason",
    "NoAuth",
    "NoticeKind",
    "OAuth2Code",
    "OutcomeUnknown",
    "PersonData",
    "PlatformContent",
    "ProtocolViolation",
    "PublishRequest",
    "Published",
    "PublishesAsMember",
    "Pushed",
    "PushesContent",
    "RateLimited",
    "ReadsContentMetrics",
    "ReadsGoalFeeds",
    "ReadsMetrics",
    "ReauthRequired",
    "ReceivesWebhooks",
    "RefreshesCredentials",
    "Registry",
    "Rejected",
    "ReportKind",
    "ReportReading",
    "ReportRow",
    "ReportSubject",
    "RevokesCredentials",
    "ScopeMissing",
    "Secret",
    "SettingField",
    "SetupEffort",
    "ShareLink",
    "SharesLinks",
    "SkippedLine",
    "StillProcessing",
    "Suggestion",
    "SyncsAudience",
    "TextUnit",
    "UploadedMedia",
    "UploadsMedia",
    "VendorNotice",
    "VendorUnavailable",
    "Verified",
    "VerifiedHow",
    "WebhookRefused",
    "WithdrawsContent",
    "build_client",
    "build_request",
    "call",
    "challenge",
    "get_connector",
    "list_broken",
    "list_connectors",
    "port",
    "send_once",
    "sign_standard",
    "verify_standard",
]


class TestSurface:
    def test_the_exported_names_are_these(self):
        assert sorted(sdk.__all__) == sorted(EXPORTED)
        assert all(hasattr(sdk, name) for name in EXPORTED)


class TestErrors:
    def test_the_family_is_whole_and_each_code_stable(self):
        assert {error.family for error in ConnectorError.__subclasses__()} == FAMILY

    def test_the_family_is_listed_on_top_of_its_module(self):
        for error in ConnectorError.__subclasses__():
            assert error.__name__ in (error_module.__doc__ or "")

    def test_each_has_words_for_people_and_for_us(self):
        error = sdk.ReauthRequired("status 401", vendor_code="EXPIRED")
        assert (error.code, error.detail, error.vendor_code) == ("reauth_required", "status 401", "EXPIRED")
        assert "connect it again" in error.message

    def test_a_rejection_carries_its_own_code_and_the_hint(self):
        error = Rejected("duplicate_post", "No.", hint_external_id="urn:li:share:1")
        assert (error.code, error.family, error.message) == ("duplicate_post", "rejected", "No.")
        assert error.hint_external_id == "urn:li:share:1"

    def test_a_limit_needs_an_aware_moment(self):
        assert RateLimited(AT).retry_at == AT
        with pytest.raises(ValueError, match="time zone"):
            RateLimited(datetime(2026, 1, 1))


class TestManifest:
    def test_an_undeclared_capability_raises_before_any_call(self):
        with pytest.raises(CapabilityMissing):
            port(linkedin, Capability.SHARE_LINK, SharesLinks)

    def test_a_declared_capability_gives_the_port(self):
        assert port(linkedin, Capability.PUBLISH_AS_MEMBER, PublishesAsMember) is linkedin

    def test_a_declared_capability_without_its_port_is_a_broken_connector(self):
        with pytest.raises(TypeError, match="SharesLinks"):
            port(demo, Capability.CHECK, SharesLinks)

    @pytest.mark.parametrize(
        "change",
        [
            {"slug": "Demo-Net"},
            {"title": ""},
            {"capabilities": frozenset()},
            {"verified": Verified(how=VerifiedHow.DOCUMENTS, on=date(2026, 1, 1), source="http://example.org")},
            {"links": {"Help": "ftp://example.org"}},
            {"settings": (SettingField("a", "A"), SettingField("a", "B"))},
            {"settings": (SettingField("a", "A", default="x", secret=True),)},
            {"auth": OAuth2Code(scopes={})},
            {"capabilities": frozenset({Capability.AUTHORIZE})},
        ],
    )
    def test_a_declaration_that_contradicts_itself_is_refused(self, change: dict):
        with pytest.raises(ValueError, match=r".+"):
            replace(demo.manifest, **change)

    def test_scopes_for_an_undeclared_capability_are_refused(self):
        with pytest.raises(ValueError, match="undeclared"):
            replace(linkedin.manifest, auth=OAuth2Code(scopes={Capability.SHARE_LINK: ("x",)}))
        assert isinstance(demo.manifest.auth, NoAuth)
        assert demo.manifest.scopes_for(Capability.CHECK) == ()
        assert linkedin.manifest.scopes_for(Capability.READ_METRICS) == ("r_member_postAnalytics",)

    async def test_a_setting_is_the_given_value_or_the_default_or_an_error_for_the_administrator(self):
        async with build_client() as http:
            ctx = Context(http=http, settings={"api_version": "202608"}, clock=lambda: AT)
            assert linkedin.manifest.setting(ctx, "api_version") == "202608"
            assert linkedin.manifest.setting(ctx, "api_url") == "https://api.linkedin.com"
            with pytest.raises(ConfigurationInvalid, match="client_id"):
                linkedin.manifest.setting(ctx, "client_id")


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


class TestRegistry:
    def test_connectors_are_found_by_slug(self):
        registry = Registry(
            [entry("linkedin", "connectors.linkedin:connector"), entry("demo", "connectors.demo:connector")]
        )
        assert [connector.manifest.slug for connector in registry.list_connectors()] == ["demo", "linkedin"]
        assert registry.get_connector("demo") is demo

    def test_an_unknown_slug_says_what_is_known(self):
        registry = Registry([entry("demo", "connectors.demo:connector")])
        with pytest.raises(ConnectorNotFound, match="known are: demo"):
            registry.get_connector("nowhere")

    def test_a_broken_plugin_is_reported_and_does_not_take_the_others_down(self):
        registry = Registry(
            [
                entry("gone", "connectors.no_such_module:connector"),
                entry("renamed", "connectors.linkedin:connector"),
                entry("odd", "connectors.sdk:Secret"),
                entry("demo", "connectors.demo:connector"),
            ]
        )
        assert [connector.manifest.slug for connector in registry.list_connectors()] == ["demo"]
        assert [broken.name for broken in registry.broken] == ["gone", "odd", "renamed"]
        assert "ModuleNotFoundError" in registry.broken[0].reason

    def test_the_second_of_one_name_is_refused(self):
        registry = Registry([entry("demo", "connectors.demo:connector"), entry("demo", "connectors.demo.adapter:Demo")])
        assert len(registry.list_connectors()) == 1
        assert len(registry.broken) == 1

    def test_the_installed_project_offers_its_connectors(self):
        slugs = {connector.manifest.slug for connector in sdk.list_connectors()}
        assert slugs >= {"demo", "linkedin", "share_link"}
        assert sdk.list_broken() == ()
        assert sdk.get_connector("linkedin") is linkedin
