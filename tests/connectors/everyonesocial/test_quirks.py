"""What is odd about EveryoneSocial, each oddity by the name that the connector's README gives it."""

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.everyonesocial import connector
from connectors.sdk import (
    AudiencePerson,
    Capability,
    CapabilityMissing,
    ConfigurationInvalid,
    ContentState,
    Context,
    Media,
    MediaKind,
    Metric,
    OutcomeUnknown,
    ProtocolViolation,
    PublishesAsMember,
    RateLimited,
    ReceivesWebhooks,
    Rejected,
    Suggestion,
    VendorUnavailable,
    build_client,
    port,
)
from services.core.links.rules import is_machine

from .desk import STARTED_AT, open_desk

PICTURE = Media(MediaKind.IMAGE, "image/png", b"\x89PNG\r\n--\x00\xff\r\n", "מעבדה.png", alt_text="The lab")
NOA = AudiencePerson("ref-1", "noa.levi@example.com", "נועה", "לוי", "he")
TODAY = STARTED_AT.date()
FOUR = [Metric.REACTIONS, Metric.COMMENTS, Metric.RESHARES]


class TestTwoDoors:
    async def test_content_api_and_scim_are_bought_apart(self):
        async with open_desk() as desk:
            only_scim, only_api = desk.without("api_token"), desk.without("scim_token", "scim_url")
            await connector.check(only_scim)
            await connector.check(only_api)
            await connector.add_member(only_scim, person=NOA, destination_id=None)
            await connector.push_content(only_api, content=desk.content())
            with pytest.raises(ConfigurationInvalid, match="api_token"):
                await connector.list_destinations(only_scim)
            with pytest.raises(ConfigurationInvalid, match="scim_token"):
                await connector.add_member(only_api, person=NOA, destination_id=None)
            with pytest.raises(ConfigurationInvalid, match="scim_url"):
                await connector.list_audience(desk.without("scim_url"), destination_id=None, cursor=None)
            with pytest.raises(ConfigurationInvalid, match="neither api_token nor scim_token"):
                await connector.check(desk.without("api_token", "scim_token"))

    async def test_the_api_token_goes_bare_and_the_scim_token_as_bearer(self):
        async with open_desk() as desk:
            assert (await desk.api("GET", "/group")).status_code == 200
            assert (await desk.api("GET", "/group", token="Bearer demo-api-token")).status_code == 401
            assert (await desk.scim("GET", "/Users", token="demo-scim-token")).status_code == 401
            await connector.check(desk.ctx)
            with pytest.raises(ConfigurationInvalid) as caught:
                await connector.check(desk.with_settings(api_token="Bearer demo-api-token").ctx)
            assert "no “Bearer” before it" in caught.value.message
            # A service that describes itself to everybody says nothing about the token.
            desk.fault("scim_config", "status", status=200, body={"patch": {"supported": True}})
            with pytest.raises(ConfigurationInvalid) as caught:
                await connector.check(desk.with_settings(scim_token="wrong").ctx)
            assert "scim_token" in caught.value.message

    @pytest.mark.parametrize("status", [401, 403, 429])
    @pytest.mark.parametrize("body", [{"message": "Forbidden"}, "<html>", {"Message": ["x"]}, {"message": 5}])
    async def test_refusals_do_not_always_have_the_documented_body(self, status: int, body: Any):
        async with open_desk() as desk:
            desk.fault("list_groups", "status", status=status, body=body)
            with pytest.raises(RateLimited if status == 429 else ConfigurationInvalid):
                await connector.list_destinations(desk.ctx)

    async def test_nobody_publishes_for_a_member_and_nothing_is_told_by_itself(self):
        with pytest.raises(CapabilityMissing):
            port(connector, Capability.PUBLISH_AS_MEMBER, PublishesAsMember)
        with pytest.raises(CapabilityMissing):
            port(connector, Capability.RECEIVE_WEBHOOK, ReceivesWebhooks)

    async def test_new_fields_of_an_answer_are_ignored(self):
        async with open_desk() as desk:
            group = {"id": "6c0f0c5e", "name": "New", "api_restricted": False, "colour": {"r": 1}}
            body = {"group_list": [group], "_metadata": {"object_type": "group", "x": 1}, "new": []}
            desk.fault("list_groups", "status", status=200, body=body)
            (found,) = await connector.list_destinations(desk.ctx)
            assert (found.external_id, found.title, found.takes_content) == ("6c0f0c5e", "New", True)


class TestPushing:
    async def test_what_is_not_published_is_seen_by_nobody(self):
        async with open_desk() as desk:
            body = {"title": "A draft", "url": "https://go.example/l/Ab3"}
            made = (await desk.api("POST", f"/group/{desk.group()}/content", json=body)).json()
            assert await desk.listed("approved") == []
            draft = desk.content(title="A draft")
            assert await connector.find_content(desk.ctx, content=draft) is None
            external_id = f"{desk.group()}/{made['id']}"
            found = await connector.find_content(desk.ctx, content=draft, external_id=external_id)
            assert found is not None
            assert found.state is ContentState.DRAFT
            pushed = await desk.push()
            assert pushed.state is ContentState.LIVE
            assert await desk.listed("approved") == ["Our new lab is open"]

    async def test_a_file_goes_up_before_publishing(self):
        async with open_desk() as desk:
            pushed = await desk.push(desk.content(media=(PICTURE,)))
            item = desk.simulator.store.contents[pushed.external_id.partition("/")[2]]
            assert [one["media_type"] for one in item.media] == ["image/png"]
            late = await desk.api("POST", f"/group/{item.group_id}/content/{item.id}/image")
            assert late.status_code == 400

    async def test_the_upload_form_is_json_within_a_string(self):
        async with open_desk() as desk:
            for data in ("not json", "[]", {"key": "not a string"}):
                body = {"method": "POST", "url": desk.urls["uploads"], "post_data": data}
                desk.fault("image_form", "status", status=200, body=body)
                with pytest.raises(ProtocolViolation):
                    await desk.push(desk.content(media=(PICTURE,)))
            assert await desk.listed("approved") == []
            assert desk.simulator.store.contents == {}

    async def test_an_upload_that_fails_leaves_nothing(self):
        async with open_desk() as desk:
            expected = {403: ProtocolViolation, 400: Rejected, 413: Rejected, 503: VendorUnavailable, 429: RateLimited}
            for status, error in expected.items():
                desk.fault("store_file", "status", status=status, body="<Error/>")
                with pytest.raises(error):
                    await desk.push(desk.content(media=(PICTURE,)))
            assert desk.simulator.calls["publish_content"] == 0
            assert desk.simulator.store.contents == {}

    @pytest.mark.parametrize("name", ["document.pdf", "big.png", "two"])
    async def test_files_that_it_does_not_take_are_refused_before_any_call(self, name: str):
        async with open_desk() as desk:
            media = {
                "document.pdf": (Media(MediaKind.DOCUMENT, "application/pdf", b"%PDF", name),),
                "big.png": (Media(MediaKind.IMAGE, "image/png", b"x" * 10_000_001, name, alt_text="x"),),
                "two": (PICTURE, PICTURE),
            }[name]
            with pytest.raises(Rejected) as caught:
                await desk.push(desk.content(media=media))
            assert caught.value.code == "media_not_accepted"
            assert not desk.simulator.calls

    async def test_a_moderated_group_makes_it_wait_for_a_moderator(self):
        async with open_desk() as desk:
            content = desk.content(group="Careers")
            pushed = await desk.push(content)
            assert pushed.state is ContentState.AWAITING_REVIEW
            found = await connector.find_content(desk.ctx, content=content)
            assert found is not None
            assert found.state is ContentState.AWAITING_REVIEW
            item = pushed.external_id.partition("/")[2]
            for decision, state in (("approved", ContentState.LIVE), ("removed", ContentState.WITHDRAWN)):
                await desk.people("moderate", content_id=item, decision=decision)
                for external_id in (None, pushed.external_id):
                    found = await connector.find_content(desk.ctx, content=content, external_id=external_id)
                    assert found is not None
                    assert found.state is state

    async def test_a_time_of_publication_and_an_end_are_kept_in_utc(self):
        async with open_desk() as desk:
            starts_at, ends_at = STARTED_AT + timedelta(hours=2), STARTED_AT + timedelta(days=3)
            content = desk.content(publish_at=starts_at, expires_at=ends_at)
            pushed = await desk.push(content)
            states = [pushed.state]
            for seconds in (2 * 3600, 3 * 86400):
                desk.advance(seconds)
                found = await connector.find_content(desk.ctx, content=content, external_id=pushed.external_id)
                assert found is not None
                states.append(found.state)
            assert states == [ContentState.SCHEDULED, ContentState.LIVE, ContentState.EXPIRED]
            (item,) = desk.simulator.store.contents.values()
            assert item.info["publish_at"] == "2026-03-10T11:30:00Z"

    async def test_an_attached_disclosure_binds_members(self):
        async with open_desk() as desk:
            suggestions = (Suggestion("linkedin", "en", "One"), Suggestion("x", "en", "Two"))
            await desk.push(desk.content(disclosure="I work at Acme. #ad", suggestions=suggestions))
            (sent,) = desk.sent()
            known = desk.simulator.disclosures[0]["id"]
            assert sent["disclosure_list"] == [
                {"disclosure_id": known, "network": "linkedin"},
                {"disclosure_id": known, "network": "twitter"},
            ]
            assert [one["commentary"] for one in sent["share_commentary"]] == ["One", "Two"]

    async def test_a_disclosure_that_is_not_there_is_written_below_each_text(self):
        async with open_desk() as desk:
            content = desk.content(disclosure="I work at Acme")
            await desk.push(content)
            (sent,) = desk.sent()
            assert "disclosure_list" not in sent
            assert sent["share_commentary"][0]["commentary"] == "Proud of the team behind this.\n\nI work at Acme"
            preview = connector.preview_content(desk.ctx, content=content)
            assert [(loss.field, loss.how) for loss in preview.losses] == [("disclosure", "merged")]
            assert "I work at Acme" in preview.fields["share_commentary.linkedin"]

    async def test_commentary_is_never_locked(self):
        async with open_desk() as desk:
            await desk.push(desk.content(disclosure="I work at Acme. #ad"))
            assert all("lock_share_commentary" not in sent for sent in desk.sent())

    async def test_one_text_for_each_network_and_no_languages(self):
        async with open_desk() as desk:
            suggestions = (
                Suggestion("linkedin", "he", "גאים בצוות"),
                Suggestion("linkedin", "en", "Proud"),
                Suggestion("x", "en", "Short"),
                Suggestion("mastodon", "de", "Stolz"),
            )
            content = desk.content(suggestions=suggestions)
            await desk.push(content)
            assert desk.sent()[0]["share_commentary"] == [
                {"network": "linkedin", "commentary": "גאים בצוות"},
                {"network": "twitter", "commentary": "Short"},
            ]
            losses = connector.preview_content(desk.ctx, content=content).losses
            assert [loss.field for loss in losses] == ["suggestions.en", "suggestions.de"]

    async def test_unknown_keys_are_refused(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            path = f"/group/{pushed.external_id.replace('/', '/content/')}"
            echo = (await desk.api("GET", path)).json()
            answer = await desk.api("PATCH", path, json=echo)
            assert answer.status_code == 400
            assert "content_data" in answer.json()["additional_info"]
            assert (await desk.api("PATCH", path, json={"title": "Better"})).status_code == 200

    async def test_a_lost_create_leaves_a_draft_that_nobody_sees(self):
        async with open_desk() as desk:
            desk.fault("create_content", "lose_answer")
            with pytest.raises(VendorUnavailable):
                await desk.push()
            assert await desk.listed("approved") == []
            await desk.push()
            assert await desk.listed("approved") == ["Our new lab is open"]

    @pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (400, Rejected), (401, ConfigurationInvalid)])
    async def test_a_refused_publication_takes_its_draft_away(self, status: int, error: type[Exception]):
        async with open_desk() as desk:
            desk.fault("publish_content", "status", status=status)
            with pytest.raises(error):
                await desk.push()
            assert desk.simulator.store.contents == {}

    async def test_a_lost_publication_is_found_by_title_and_tracked_link(self):
        async with open_desk() as desk:
            desk.simulator.configure(page_size=2)
            for number in range(5):
                await desk.push(desk.content(url=f"https://go.example/l/{number}"))
            desk.fault("publish_content", "lose_answer")
            content = desk.content(url="https://go.example/l/lost")
            with pytest.raises(OutcomeUnknown):
                await desk.push(content)
            assert desk.simulator.calls["publish_content"] == 6
            for number in range(5, 8):
                await desk.push(desk.content(url=f"https://go.example/l/{number}"))
            found = await connector.find_content(desk.ctx, content=content)
            assert found is not None
            item = desk.simulator.store.contents[found.external_id.partition("/")[2]]
            assert item.data["url"] == content.url
            assert await connector.find_content(desk.ctx, content=desk.content(title="Other")) is None

    @pytest.mark.parametrize("is_address", [True, False])
    async def test_the_next_page_is_an_id_or_an_address(self, is_address: bool):
        async with open_desk() as desk:
            desk.simulator.configure(page_size=1, next_is_address=is_address)
            first = await desk.push()
            for number in range(3):
                await desk.push(desk.content(url=f"https://go.example/l/{number}"))
            found = await connector.find_content(desk.ctx, content=desk.content())
            assert found is not None
            assert found.external_id == first.external_id

    async def test_deleting_goes_through_the_group(self):
        async with open_desk() as desk:
            pushed = await desk.push()
            assert pushed.external_id.startswith(desk.group() + "/")
            for wrong in ("1", "../..", "a/../b", f"{desk.group()}/..", ""):
                with pytest.raises(Rejected):
                    await connector.withdraw_content(desk.ctx, external_id=wrong)
            for _ in range(2):
                await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)
            assert desk.simulator.store.contents == {}
            assert desk.simulator.calls["delete_content"] == 2

    async def test_a_group_that_is_gone_is_the_administrators_to_replace(self):
        async with open_desk() as desk:
            content = desk.content(destination_id="6c0f0c5e-0000")
            for use in (connector.push_content, connector.find_content):
                with pytest.raises(ConfigurationInvalid, match="404 about a group"):
                    await use(desk.ctx, content=content)


class TestNumbers:
    async def _shared(self, desk, pushed, number: int = 1) -> str:
        item = pushed.external_id.partition("/")[2]
        address = f"m{number}@example.com"
        return (await desk.people("shares", content_id=item, full_name="M", email_address=address))["id"]

    async def test_only_four_counters_of_x_and_linkedin_and_up_to_a_day_late(self):
        async with open_desk() as desk:
            pushed, other = await desk.push(), await desk.push(desk.content(title="Other"))
            share, noise = await self._shared(desk, pushed), await self._shared(desk, other, 2)
            counters = {"twitter_likes": 2, "twitter_retweets": 1, "linkedin_likes": 11, "linkedin_comments": 3}
            await desk.people("stats", share_id=share, date="2026-03-09", **counters)
            await desk.people("stats", share_id=noise, date="2026-03-09", late_hours=0, linkedin_likes=900)
            asked = {"external_id": pushed.external_id, "since": TODAY - timedelta(days=2), "until": TODAY}
            early = await connector.read_content_metrics(desk.ctx, metrics=FOUR, **asked)
            assert dict(early.missing) == dict.fromkeys(FOUR, "no_data")
            desk.advance(86400)
            late = await connector.read_content_metrics(desk.ctx, metrics=list(Metric), **asked)
            assert dict(late.values) == {Metric.REACTIONS: 13, Metric.COMMENTS: 3, Metric.RESHARES: 1}
            assert set(late.missing.values()) == {"not_supported"}
            assert late.covers == ("x", "linkedin")

    @pytest.mark.parametrize("is_included", [True, False])
    async def test_share_statistics_have_no_pages_and_an_unclear_end(self, is_included: bool):
        async with open_desk() as desk:
            desk.simulator.configure(end_is_included=is_included)
            pushed = await desk.push()
            share = await self._shared(desk, pushed)
            first = date(2026, 1, 1)
            for day in range(40):
                on = (first + timedelta(days=day)).isoformat()
                await desk.people("stats", share_id=share, date=on, late_hours=0, linkedin_likes=1)
            reading = await connector.read_content_metrics(
                desk.ctx,
                external_id=pushed.external_id,
                metrics=[Metric.REACTIONS],
                since=first + timedelta(days=2),
                until=first + timedelta(days=32),
            )
            assert dict(reading.values) == {Metric.REACTIONS: 31}
            assert desk.simulator.calls["share_stat"] == 3

    async def test_the_user_report_leaves_out_who_was_not_active(self):
        async with open_desk() as desk:
            for name, on, shares in (
                ("נועה לוי", "2026-03-09", 1234),
                ("Dan", "2026-01-01", 2),
                ("Idle", "2026-03-09", 0),
            ):
                await desk.people("activity", name=name, date=on, shares=shares, reach=500)
            url = f"{desk.urls['api']}/_sim/report.csv?start=2026-03-01&end=2026-03-31"
            data = (await desk.http.get(url)).content
            (row,) = connector.import_report(desk.ctx, name="user_report", data=data).rows
            assert (row.key, dict(row.values)) == ("נועה לוי", {Metric.SHARES: 1234, Metric.CLICKS: 0})

    async def test_reach_of_the_report_is_a_sum_of_connections(self):
        data = b"Name,Reach,Shares,Clicks\nNoa,5000,3,4\n"
        async with build_client() as http:
            ctx = Context(http=http, settings={}, clock=lambda: STARTED_AT)
            (row,) = connector.import_report(ctx, name="user_report", data=data).rows
        assert Metric.REACH not in row.values

    async def test_everyonesocialbot_reads_what_our_links_lead_to(self):
        agent = "Mozilla/5.0 (compatible; EveryoneSocialBot/1.0; support@everyonesocial.com)"
        assert is_machine(agent)


class TestPeople:
    async def test_scim_has_no_groups(self):
        async with open_desk() as desk:
            assert (await desk.scim("GET", "/Groups")).json()["Resources"] == []
            with pytest.raises(ConfigurationInvalid, match="not into a group"):
                await connector.add_member(desk.ctx, person=NOA, destination_id=desk.group())
            assert not any(one.takes_people for one in await connector.list_destinations(desk.ctx))

    async def test_a_user_name_that_is_taken_is_found_and_used(self):
        async with open_desk() as desk:
            body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Noa.Levi@Example.com"}
            made = (await desk.scim("POST", "/Users", json={**body, "active": False})).json()
            member = await connector.add_member(desk.ctx, person=NOA, destination_id=None)
            assert (member.external_id, member.is_active) == (made["id"], True)
            assert desk.simulator.store.users[made["id"]]["active"] is True
            desk.fault("scim_list_users", "status", status=200, body={"totalResults": 0})
            with pytest.raises(Rejected) as caught:
                await connector.add_member(desk.ctx, person=NOA, destination_id=None)
            assert caught.value.code == "member_conflict"

    async def test_people_are_deactivated_and_never_deleted(self):
        async with open_desk() as desk:
            member = await connector.add_member(desk.ctx, person=NOA, destination_id=None)
            assert member.reference == "ref-1"
            for external_id in (member.external_id, member.external_id, "eu-nobody"):
                await connector.remove_member(desk.ctx, external_id=external_id, destination_id=None)
            page = await connector.list_audience(desk.ctx, destination_id=None, cursor=None)
            assert [(one.external_id, one.is_active) for one in page.members] == [(member.external_id, False)]

    async def test_what_the_scim_service_lacks_is_seen_by_the_check(self):
        async with open_desk() as desk:
            desk.simulator.configure(scim_patch=False)
            with pytest.raises(ConfigurationInvalid, match="does not support patch"):
                await connector.check(desk.ctx)

    async def test_the_audience_is_read_to_its_end_and_by_its_own_cursors(self):
        async with open_desk() as desk:
            desk.simulator.configure(scim_page_size=2)
            for number in range(5):
                person = AudiencePerson(f"r{number}", f"p{number}@example.com", "P", str(number))
                await connector.add_member(desk.ctx, person=person, destination_id=None)
            found, cursor = [], None
            for _ in range(3):
                page = await connector.list_audience(desk.ctx, destination_id=None, cursor=cursor)
                found += [one.email for one in page.members]
                cursor = page.next_cursor
            assert cursor is None
            assert found == [f"p{number}@example.com" for number in range(5)]
            for wrong in ("0", "-1", "x", "٣"):
                with pytest.raises(ConfigurationInvalid):
                    await connector.list_audience(desk.ctx, destination_id=None, cursor=wrong)

    async def test_an_invitation_file_has_four_columns_and_nothing_else(self):
        async with open_desk() as desk:
            twice = AudiencePerson("ref-2", "Noa.Levi@example.com", "N", "L")
            data = connector.invitation_file([NOA, twice])
            assert data == b"email,advocacy_role,department_id,location_id\r\nnoa.levi@example.com,user,,\r\n"
            url = f"{desk.urls['api']}/_sim/invitations"
            assert (await desk.http.post(url, content=data)).json() == {"invited": 1}
            wider = data.replace(b"location_id", b"location_id,name").replace(b",,\r", b",,,\r")
            assert (await desk.http.post(url, content=wider)).status_code == 400

    @pytest.mark.parametrize("address", ["", "noa", "=cmd@x", "+1@x", "a@b\r\nc@d,admin,,", 'a"@b', "a@b,c"])
    async def test_an_address_that_would_break_the_file_is_refused(self, address: str):
        with pytest.raises(Rejected) as caught:
            connector.invitation_file([AudiencePerson("r", address, "N", "L")])
        assert caught.value.code == "email_not_valid"

    async def test_departments_locations_and_segments_have_no_list(self):
        async with open_desk() as desk:
            kinds = {one.kind for one in await connector.list_destinations(desk.ctx)}
            assert kinds == {"group"}
            for path in ("/department", "/location", "/segment", "/user"):
                assert (await desk.api("GET", path)).status_code == 404
