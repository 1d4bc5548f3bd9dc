"""What is odd about LinkedIn, each oddity by the name that the connector's README gives it."""

import httpx2
import pytest

from connectors.linkedin import connector
from connectors.linkedin.simulator import Profile, consent, create_simulator
from connectors.sdk import (
    ConfigurationInvalid,
    Context,
    LinkCard,
    Metric,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    VendorUnavailable,
)
from connectors.sdk.testing.simulator import Fault, FaultKind

from .desk import BASIC, REDIRECT_URI, STARTED_AT, WITH_NUMBERS, Desk, open_desk

FOUR = [Metric.IMPRESSIONS, Metric.REACTIONS, Metric.COMMENTS, Metric.RESHARES]
HEBREW = "אנחנו מגייסים (היברידי) [תל אביב] 👩‍💻 #משרות_חמות"


class TestPosting:
    async def test_reserved_characters_cut_a_post_unless_escaped(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("נועה לוי")
            link = LinkCard(url="https://go.example/l/abc", title="משרה (חדשה)", description="תיאור")
            published = await desk.publish(author, HEBREW, link=link)
            raw = {
                "author": author.external_id,
                "commentary": "before (after)",
                "visibility": "PUBLIC",
                "distribution": {"feedDistribution": "MAIN_FEED"},
                "lifecycleState": "PUBLISHED",
            }
            headers = {
                "Authorization": f"Bearer {desk.ctx.require_credentials().access_token.reveal()}",
                "LinkedIn-Version": "202609",
            }
            answer = await desk.http.post(f"{desk.urls['api']}/rest/posts", json=raw, headers=headers)
            assert answer.status_code == 201
            first, second = await desk.posts()
        assert first["urn"] == published.external_id
        assert first["text"] == HEBREW
        assert first["article"] == {"source": link.url, "title": link.title, "description": link.description}
        assert second["text"] == "before "

    async def test_the_id_comes_only_in_a_header_of_any_case(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            desk.simulator.configure(id_header="X-RestLi-Id")
            published = await desk.publish(author, "x")
            assert published.external_id == (await desk.posts())[0]["urn"]
            assert published.permalink == f"https://www.linkedin.com/feed/update/{published.external_id}/"

    async def test_a_201_without_an_id_is_an_open_outcome(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.fault("create_post", "drop_header", header="x-restli-id")
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "x")
            assert len(await desk.posts()) == 1

    @pytest.mark.parametrize("fault", [{"kind": "lose_answer"}, {"kind": "status", "status": 500, "after_work": True}])
    async def test_a_lost_answer_may_have_made_the_post(self, fault: dict):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.fault("create_post", **fault)
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "x")
            assert len(await desk.posts()) == 1

    async def test_an_equal_text_is_refused_for_a_while_even_after_deleting(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            await connector.delete_post(desk.ctx, external_id=published.external_id)
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "x")
            assert caught.value.code == "duplicate_post"
            assert caught.value.hint_external_id == published.external_id
            other, other_author = await desk.sign_in("Dan")
            await other.publish(other_author, "x")
            desk.advance(601)
            await desk.publish(author, "x")

    async def test_only_the_tokens_own_member_can_be_the_author(self):
        async with open_desk() as desk:
            noa, _ = await desk.sign_in("Noa")
            _, dan = await desk.sign_in("Dan")
            with pytest.raises(ScopeMissing):
                await noa.publish(dan, "x")

    async def test_the_daily_limit_ends_at_midnight_utc(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            desk.simulator.configure(daily_requests_per_member=1)
            await desk.publish(author, "one")
            with pytest.raises(RateLimited) as caught:
                await desk.publish(author, "two")
            assert caught.value.retry_at.isoformat() == "2026-03-11T00:00:00+00:00"

    @pytest.mark.parametrize("version", ["202511", "202610"])
    async def test_a_version_lives_about_a_year(self, version: str):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(ConfigurationInvalid):
                await desk.with_settings(api_version=version).publish(author, "x")

    async def test_a_text_that_is_too_long_is_refused_with_linkedins_words(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            with pytest.raises(Rejected) as caught:
                await desk.publish(author, "(" * 3001)
            assert caught.value.code == "field_length_too_long"
            assert "/commentary" in caught.value.message
            await desk.publish(author, "(" * 3000)

    async def test_another_members_post_cannot_be_deleted(self):
        async with open_desk() as desk:
            noa, author = await desk.sign_in("Noa")
            published = await noa.publish(author, "x")
            dan, _ = await desk.sign_in("Dan")
            with pytest.raises(ScopeMissing):
                await connector.delete_post(dan.ctx, external_id=published.external_id)

    async def test_posts_of_members_cannot_be_read_back(self):
        async with open_desk() as desk:
            desk, _ = await desk.sign_in("Noa")
            headers = {
                "Authorization": f"Bearer {desk.ctx.require_credentials().access_token.reveal()}",
                "LinkedIn-Version": "202609",
            }
            answer = await desk.http.get(f"{desk.urls['api']}/rest/posts?q=author", headers=headers)
            assert answer.json()["code"] == "ACCESS_DENIED"


class TestConnecting:
    async def test_sign_in_and_api_are_different_hosts(self):
        async with open_desk() as desk:
            assert (await desk.http.post(f"{desk.urls['api']}/oauth/v2/accessToken")).status_code == 404
            assert (await desk.http.get(f"{desk.urls['oauth']}/v2/userinfo")).status_code == 404

    async def test_the_client_secret_travels_in_the_form(self):
        async with open_desk() as desk:
            form = {"grant_type": "authorization_code", "code": "c", "redirect_uri": REDIRECT_URI}
            url = f"{desk.urls['oauth']}/oauth/v2/accessToken"
            answer = await desk.http.post(url, data=form, auth=("demo-client", "demo-secret"))
            assert answer.json()["error_description"] == 'A required parameter "client_id" is missing'
            await desk.sign_in("Noa")

    async def test_a_wrong_secret_is_the_administrators_to_fix(self):
        async with open_desk() as desk:
            code = await desk.code("Noa")
            wrong = desk.with_settings(client_secret="wrong")
            with pytest.raises(ConfigurationInvalid):
                await connector.exchange_code(wrong.ctx, code=code, redirect_uri=REDIRECT_URI)

    @pytest.mark.parametrize("address", ["ftp://127.0.0.1", "127.0.0.1", "http://["])
    async def test_a_sign_in_address_that_is_none_is_the_administrators_to_fix(self, address: str):
        async with open_desk() as desk:
            ctx = desk.with_settings(oauth_url=address).ctx
            with pytest.raises(ConfigurationInvalid):
                await connector.exchange_code(ctx, code="c", redirect_uri=REDIRECT_URI)

    async def test_a_code_works_once_and_for_thirty_minutes(self):
        async with open_desk() as desk:
            code = await desk.code("Noa")
            await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            late = await desk.code("Noa")
            desk.advance(1801)
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=late, redirect_uri=REDIRECT_URI)

    async def test_a_code_is_bound_to_its_redirect_address(self):
        async with open_desk() as desk:
            code = await desk.code("Noa")
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI + "/other")

    async def test_a_cancelled_consent_comes_back_with_the_state(self):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.ctx, state="s t", redirect_uri=REDIRECT_URI)
            back = await consent(desk.http, url, member_name="Noa", decision="cancel")
            assert back.startswith(f"{REDIRECT_URI}?error=user_cancelled_authorize&")
            assert back.endswith("&state=s%20t")

    @pytest.mark.parametrize("change", [{"client_id": "other"}, {"scopes": WITH_NUMBERS}])
    async def test_one_scope_too_many_or_a_wrong_app_fails_the_whole_page(self, change: dict):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.with_settings(**change).ctx, state="s", redirect_uri=REDIRECT_URI)
            with pytest.raises(ValueError, match="401"):
                await consent(desk.http, url, member_name="Noa")

    async def test_a_redirect_address_must_be_registered(self):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.ctx, state="s", redirect_uri="https://evil.example/callback")
            with pytest.raises(ValueError, match="401"):
                await consent(desk.http, url, member_name="Noa")
            desk.simulator.configure(redirect_uris=frozenset({"https://evil.example/callback"}))
            assert await consent(desk.http, url, member_name="Noa")

    async def test_another_set_of_scopes_ends_all_earlier_tokens(self):
        async with open_desk() as desk:
            first, _ = await desk.sign_in("Noa")
            await desk.sign_in("Noa")
            await connector.check(first.ctx)
            await desk.sign_in("Noa", scopes=BASIC + " email")
            with pytest.raises(ReauthRequired) as caught:
                await connector.check(first.ctx)
            assert caught.value.vendor_code == "REVOKED_ACCESS_TOKEN"

    async def test_a_revoked_token_must_be_renewed_by_the_person(self):
        async with open_desk() as desk:
            noa, author = await desk.sign_in("Noa")
            url = f"{desk.urls['api']}/_sim/tokens/revoke"
            assert (await desk.http.post(url, json={"member_name": "Noa"})).status_code == 204
            with pytest.raises(ReauthRequired):
                await noa.publish(author, "x")
            assert await desk.posts() == []

    async def test_a_member_has_another_id_in_another_app(self):
        async with open_desk() as desk:
            _, author = await desk.sign_in("Noa")
            desk.simulator.configure(client_id="other-app")
            _, same_person = await desk.with_settings(client_id="other-app").sign_in("Noa")
            assert author.display_name == same_person.display_name == "Noa"
            assert author.external_id != same_person.external_id

    async def test_with_openid_alone_there_is_no_name(self):
        async with open_desk(scopes="openid") as desk:
            _, author = await desk.sign_in("Noa")
            assert author.display_name == "LinkedIn member"

    async def test_self_serve_apps_get_no_refresh_token(self):
        async with open_desk() as desk:
            desk, _ = await desk.sign_in("Noa")
            assert desk.ctx.require_credentials().refresh_token is None
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.ctx)

    async def test_a_refresh_token_keeps_its_first_end(self):
        async with open_desk(profile=Profile.PARTNER) as desk:
            desk, _ = await desk.sign_in("Noa")
            first = desk.ctx.require_credentials()
            desk.advance(350 * 86400)
            second = await connector.refresh_credentials(desk.ctx)
            assert second.access_token != first.access_token
            assert second.refresh_token == first.refresh_token
            assert second.expires_at == second.refresh_expires_at == first.refresh_expires_at
            await connector.check(desk.with_credentials(second).ctx)
            desk.advance(16 * 86400)
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.with_credentials(second).ctx)

    async def test_a_token_endpoint_that_is_down_is_no_reason_to_reconnect(self):
        async with open_desk() as desk:
            for details in ({"kind": "status", "status": 503}, {"kind": "lose_request"}, {"kind": "garbage"}):
                code = await desk.code("Noa")
                await desk.fault("access_token", **details)
                with pytest.raises((VendorUnavailable, ProtocolViolation)):
                    await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            await desk.sign_in("Noa")


class TestNumbers:
    async def test_without_the_vetted_scope_there_are_no_numbers_and_no_call(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            reading = await connector.read_metrics(desk.ctx, external_id=published.external_id, metrics=FOUR)
            assert dict(reading.values) == {}
            assert set(reading.missing.values()) == {"scope_missing"}
            assert desk.simulator.calls["analytics"] == 0

    @pytest.mark.parametrize("status", [403, 404])
    async def test_a_gated_number_is_refused_as_403_or_404(self, status: int):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            await desk.fault("analytics", "status", status=status)
            reading = await connector.read_metrics(desk.ctx, external_id=published.external_id, metrics=FOUR)
            assert dict(reading.missing) == {Metric.IMPRESSIONS: "scope_missing"}
            assert len(reading.values) == 3

    @pytest.mark.parametrize("version", ["202604", "202605"])
    async def test_the_metric_type_has_two_shapes(self, version: str):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            numbers = {"impressions": 1204, "reactions": 31, "comments": 4, "reshares": 0}
            url = f"{desk.urls['api']}/_sim/counts"
            await desk.http.post(url, json={"external_id": published.external_id, **numbers})
            ctx = desk.with_settings(api_version=version).ctx
            reading = await connector.read_metrics(ctx, external_id=published.external_id, metrics=FOUR)
            assert {metric.value: value for metric, value in reading.values.items()} == numbers
            assert desk.simulator.calls["analytics"] == 4

    async def test_no_elements_means_no_data_and_not_zero(self):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            url = f"{desk.urls['api']}/_sim/counts"
            await desk.http.post(url, json={"external_id": published.external_id, "reshares": -1})
            reading = await connector.read_metrics(
                desk.ctx, external_id=published.external_id, metrics=[Metric.RESHARES, Metric.SAVES]
            )
            assert dict(reading.missing) == {Metric.RESHARES: "no_data", Metric.SAVES: "not_supported"}

    async def test_an_encoded_parenthesis_is_a_bad_request(self):
        async with open_desk(profile=Profile.PARTNER, scopes=WITH_NUMBERS) as desk:
            desk, _ = await desk.sign_in("Noa")
            headers = {
                "Authorization": f"Bearer {desk.ctx.require_credentials().access_token.reveal()}",
                "LinkedIn-Version": "202609",
                "X-Restli-Protocol-Version": "2.0.0",
            }
            params = {"q": "entity", "entity": "(share:urn:li:share:1)", "queryType": "REACTION"}
            url = f"{desk.urls['api']}/rest/memberCreatorPostAnalytics"
            assert (await desk.http.get(url, params=params, headers=headers)).status_code == 400


class TestFeed:
    async def test_the_feed_shows_what_people_see_and_runs_nothing(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("<b>נועה</b>")
            link = LinkCard(url="https://go.example/l/abc", title="<script>alert(1)</script>")
            await desk.publish(author, "שלום <img src=x> #משרות", link=link)
            page = await desk.http.get(desk.urls["api"] + "/")
        assert "שלום &lt;img src=x&gt; #משרות" in page.text
        assert 'dir="auto"' in page.text
        assert "<script" not in page.text
        assert "go.example" in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")

    async def test_the_numbers_grow_and_are_the_same_each_time(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.publish(author, "x")
            early, again = (await desk.posts())[0]["counts"], (await desk.posts())[0]["counts"]
            desk.advance(3 * 86400)
            late = (await desk.posts())[0]["counts"]
        assert early == again
        assert late["impressions"] > early["impressions"] > 0
        assert late["impressions"] > late["reactions"] > late["comments"]


class TestInProcess:
    async def test_the_simulator_also_answers_without_any_socket(self):
        simulator = create_simulator(clock=lambda: STARTED_AT)
        mounts = {
            "https://api.linkedin.com": httpx2.ASGITransport(app=simulator.apps["api"]),
            "https://www.linkedin.com": httpx2.ASGITransport(app=simulator.apps["oauth"]),
        }
        async with httpx2.AsyncClient(mounts=mounts, trust_env=False) as http:
            settings = {"client_id": "demo-client", "client_secret": "demo-secret"}
            ctx = Context(http=http, settings=settings, clock=simulator.now)
            desk, author = await Desk(simulator, {}, http, ctx).sign_in("Noa")
            published = await desk.publish(author, "x")
            simulator.faults.add(Fault(operation="create_post", kind=FaultKind.LOSE_ANSWER))
            with pytest.raises(OutcomeUnknown):
                await desk.publish(author, "y")
        assert [post.text for post in simulator.store.posts.values()] == ["x", "y"]
        assert published.external_id in simulator.store.posts
