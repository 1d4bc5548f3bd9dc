"""What is odd about Hootsuite, each oddity by the name that the connector's README gives it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from connectors import hootsuite
from connectors.hootsuite import connector
from connectors.sdk import (
    CapabilityMissing,
    ConfigurationInvalid,
    ContentState,
    Media,
    MediaKind,
    Metric,
    NoticeKind,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    StillProcessing,
    Suggestion,
    VendorUnavailable,
)
from connectors.sdk.docs import manifest_table, replace_generated
from connectors.sdk.models import AudiencePerson
from connectors.sdk.testing.simulator import Fault, FaultKind

from .desk import (
    ANA,
    HIRING,
    PAGE,
    PNG,
    REDIRECT_URI,
    STARTED_AT,
    URL,
    VIDEO_CHANNEL,
    X_COMPANY,
    content,
    open_desk,
)

ASKED = [Metric.REACTIONS, Metric.COMMENTS, Metric.CLICKS]
DAYS = {"since": STARTED_AT.date(), "until": STARTED_AT.date()}


class TestConnecting:
    async def test_the_state_needs_eight_characters(self):
        async with open_desk() as desk:
            with pytest.raises(ValueError, match="8 characters"):
                connector.authorization_url(desk.ctx, state="1234567", redirect_uri=REDIRECT_URI)

    async def test_client_credentials_travel_in_http_basic_only(self):
        async with open_desk(client_secret="a secret: /?") as desk:
            form = {"grant_type": "authorization_code", "client_id": "demo-client", "client_secret": "a secret: /?"}
            answer = await desk.http.post(f"{desk.url}/oauth2/token", data=form)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    async def test_a_wrong_secret_is_the_administrators_to_fix(self):
        async with open_desk() as desk:
            code = await desk.code()
            wrong = desk.with_settings(client_secret="wrong").ctx
            with pytest.raises(ConfigurationInvalid):
                await connector.exchange_code(wrong, code=code, redirect_uri=REDIRECT_URI)

    async def test_a_code_that_is_used_twice_ends_what_it_gave(self):
        async with open_desk() as desk:
            code = await desk.code()
            credentials = await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            again = desk.with_credentials(credentials)
            await connector.check(again.ctx)
            with pytest.raises(ReauthRequired):
                await connector.exchange_code(desk.ctx, code=code, redirect_uri=REDIRECT_URI)
            with pytest.raises(ReauthRequired):
                await connector.check(again.ctx)

    async def test_a_refresh_token_works_once_and_brings_the_next_one(self):
        async with open_desk() as desk:
            first = desk.ctx.require_credentials()
            second = await connector.refresh_credentials(desk.ctx)
            assert second.refresh_token not in {None, first.refresh_token}
            await connector.check(desk.with_credentials(second).ctx)
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.ctx)
            assert await connector.refresh_credentials(desk.with_credentials(second).ctx)

    async def test_a_refresh_whose_answer_is_lost_means_connecting_again(self):
        async with open_desk() as desk:
            await desk.fault("token", "lose_answer")
            with pytest.raises(VendorUnavailable):
                await connector.refresh_credentials(desk.ctx)
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.ctx)

    async def test_without_offline_there_is_no_refresh_token(self):
        async with open_desk() as desk:
            desk = await desk.sign_in(scopes="analytics:read")
            assert desk.ctx.require_credentials().refresh_token is None
            with pytest.raises(ReauthRequired):
                await connector.refresh_credentials(desk.ctx)

    @pytest.mark.parametrize("key", ["token_type", "token_Type"])
    async def test_the_token_type_has_two_spellings(self, key: str):
        async with open_desk(token_type_key=key) as desk:
            ends_at = desk.ctx.require_credentials().expires_at
            assert ends_at == STARTED_AT + timedelta(seconds=3599)


class TestDestinations:
    async def test_topics_have_no_id_but_their_name(self):
        async with open_desk(topics_per_page=1) as desk:
            await desk.raw("POST", "/amplify/v1/me/topics", {"name": "גיוס: R&D", "privacy": "opened"})
            listed = await connector.list_destinations(desk.ctx)
            topics = [one.external_id for one in listed if one.kind == "topic"]
            assert sorted(topics) == sorted(["topic:Hiring", "topic:Product news", "topic:Events", "topic:גיוס: R&D"])
            assert desk.simulator.calls["amplify_topics"] == 4

    async def test_pages_are_followed_by_the_link_header_on_the_same_host_only(self):
        async with open_desk() as desk:
            headers = {"Link": '<https://elsewhere.example/topics?page=2>; rel="next"'}
            await desk.fault("amplify_topics", "status", status=200, body={"data": [{"name": "A"}]}, headers=headers)
            with pytest.raises(ProtocolViolation):
                await connector.list_destinations(desk.ctx)

    async def test_an_organization_without_amplify_has_profiles_only(self):
        async with open_desk(has_amplify=False) as desk:
            listed = await connector.list_destinations(desk.ctx)
            assert {one.kind for one in listed} == {"profile"}

    async def test_some_types_of_profiles_take_no_messages(self):
        async with open_desk() as desk:
            listed = await connector.list_destinations(desk.ctx)
            takes = {one.external_id: one.takes_content for one in listed if one.kind == "profile"}
            assert takes[ANA]
            assert takes[PAGE]
            assert not takes[VIDEO_CHANNEL]
            assert not takes["profile:PINTEREST:115185515"]
            with pytest.raises(Rejected) as caught:
                connector.preview_content(desk.ctx, content=content(VIDEO_CHANNEL))
            assert caught.value.code == "profile_not_publishable"

    async def test_ids_carry_their_kind(self):
        async with open_desk() as desk:
            for wrong in ("115185509", "Hiring", "profile:../me", "profile:LINKEDIN:1/2", "topic:"):
                with pytest.raises(Rejected) as caught:
                    await desk.push(content(wrong))
                assert caught.value.code == "unknown_destination"
            before = dict(desk.simulator.calls)
            for wrong in ("4138476039", "message:../me", "message:", "post:1"):
                with pytest.raises(Rejected):
                    await connector.withdraw_content(desk.ctx, external_id=wrong)
            with pytest.raises(Rejected):
                await connector.remove_member(desk.ctx, external_id="..", destination_id=None)
            assert dict(desk.simulator.calls) == before

    async def test_a_profile_keeps_its_type_in_our_id(self):
        async with open_desk() as desk:
            with pytest.raises(Rejected) as caught:
                await desk.push(content("profile:LINKEDINCOMPANY:115185509"))
            assert caught.value.code == "unknown_destination"
            assert desk.messages() == []


class TestMessages:
    async def test_one_message_per_profile(self):
        async with open_desk() as desk:
            pushed = await desk.push(content())
            (message,) = desk.messages()
            assert pushed.external_id == f"message:{message['id']}"
            assert (message["profile"], message["text"]) == ("115185509", f"We hire\n\n{URL}")

    async def test_a_dead_profile_is_silent_so_it_is_asked_for_first(self):
        async with open_desk() as desk:
            await desk.change("profiles/115185509", isReauthRequired=1)
            with pytest.raises(Rejected) as caught:
                await desk.push(content())
            assert caught.value.code == "profile_needs_reconnect"
            assert desk.simulator.calls["create_message"] == 0

    async def test_a_profile_that_dies_later_fails_without_a_reason(self):
        async with open_desk() as desk:
            pushed = await desk.push(content())
            await desk.change("profiles/115185509", isReauthRequired=1)
            desk.advance(3600 - 120)
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
            assert found is not None
            assert found.state is ContentState.FAILED
            await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)

    async def test_times_go_out_in_utc_with_a_z(self):
        async with open_desk() as desk:
            jerusalem = timezone(timedelta(hours=2))
            await desk.push(content(publish_at=datetime(2026, 3, 12, 9, 0, tzinfo=jerusalem)))
            assert desk.messages()[0]["scheduledSendTime"] == "2026-03-12T07:00:00Z"

    async def test_now_means_six_minutes_from_now(self):
        async with open_desk() as desk:
            await desk.push(content())
            await desk.push(content(text="Soon", publish_at=STARTED_AT + timedelta(minutes=2)))
            assert [one["scheduledSendTime"] for one in desk.messages()] == ["2026-03-10T09:36:00Z"] * 2
            preview = connector.preview_content(desk.ctx, content=content(publish_at=STARTED_AT))
            assert "publish_at" in {loss.field for loss in preview.losses}

    async def test_the_text_is_public_so_nothing_internal_gets_into_it(self):
        async with open_desk() as desk:
            for destination in (ANA, HIRING):
                preview = connector.preview_content(desk.ctx, content=content(destination))
                assert preview.fields["text"] == f"We hire\n\n{URL}"
                assert {"title", "why_share"} <= {loss.field for loss in preview.losses}

    async def test_the_link_travels_in_the_text_and_only_once(self):
        async with open_desk() as desk:
            for text, sent in (
                (f"Look {URL} now", f"Look {URL} now"),
                (f"Look {URL}?x=1", f"Look {URL}?x=1\n\n{URL}"),
            ):
                preview = connector.preview_content(desk.ctx, content=content(text=text))
                assert preview.fields["text"] == sent

    async def test_the_disclosure_is_the_first_paragraph(self):
        async with open_desk() as desk:
            given = content(disclosure="I work at Acme.")
            preview = connector.preview_content(desk.ctx, content=given)
            assert preview.fields["text"] == f"I work at Acme.\n\nWe hire\n\n{URL}"
            assert ("disclosure", "merged") in {(loss.field, loss.how) for loss in preview.losses}
            given = content(text="I work at Acme. We hire", disclosure="I work at Acme.")
            assert connector.preview_content(desk.ctx, content=given).fields["text"].count("Acme") == 1

    async def test_linkedins_limit_is_asked_before_sending(self):
        async with open_desk() as desk:
            with pytest.raises(Rejected) as caught:
                await desk.push(content(text="x" * 3000))
            assert caught.value.code == "text_too_long"
            await desk.push(content(PAGE, text="x" * 3000, network="facebook"))
            assert len(desk.messages()) == 1

    async def test_words_for_another_network_are_not_used(self):
        async with open_desk() as desk:
            with pytest.raises(Rejected) as caught:
                await desk.push(content(X_COMPANY))
            assert caught.value.code == "no_words_for_network"
            given = content(X_COMPANY)
            words = (*given.suggestions, Suggestion("x", "he", "מגייסים"), Suggestion("twitter", "en", "Hiring"))
            given = replace(given, suggestions=words)
            preview = connector.preview_content(desk.ctx, content=given)
            assert preview.fields["text"].startswith("מגייסים")
            assert [loss.field for loss in preview.losses if "suggestions" in loss.field] == ["suggestions.en"] * 2

    async def test_a_lost_create_is_found_by_profile_text_and_time(self):
        async with open_desk() as desk:
            await desk.push(content(text="Another", publish_at=STARTED_AT + timedelta(hours=1)))
            given = content(publish_at=STARTED_AT + timedelta(days=40))
            assert await connector.find_content(desk.ctx, content=given) is None
            await desk.fault("create_message", "status", status=500, after_work=True)
            with pytest.raises(OutcomeUnknown):
                await desk.push(given)
            found = await connector.find_content(desk.ctx, content=given)
            assert found is not None
            assert found.external_id == f"message:{desk.messages()[1]['id']}"
            company = replace(given, destination_id="profile:LINKEDINCOMPANY:115185510")
            assert await connector.find_content(desk.ctx, content=company) is None
            body = {"data": [{"id": "7", "text": f"We hire\n\n{URL}", "socialProfile": {"id": "115185509"}}]}
            await desk.fault("list_messages", "status", status=200, body=body)
            assert await connector.find_content(desk.ctx, content=company) is None

    async def test_a_message_that_was_pushed_for_now_is_found_weeks_later(self):
        async with open_desk() as desk:
            for number in range(101):
                await desk.push(content(text=f"Number {number}"))
            await desk.fault("create_message", "lose_answer")
            with pytest.raises(OutcomeUnknown):
                await desk.push(content())
            desk.advance(20 * 86_400)
            desk = await desk.sign_in()
            found = await connector.find_content(desk.ctx, content=content())
            assert found is not None
            assert found.state is ContentState.LIVE
            assert found.url is not None
            assert desk.simulator.calls["list_messages"] == 2

    async def test_a_partly_failed_call_answers_200(self):
        async with open_desk() as desk:
            body = {"errors": [{"code": 4002, "message": "no", "id": "f7d3"}]}
            await desk.fault("create_message", "status", status=200, body=body)
            with pytest.raises(ConfigurationInvalid):
                await desk.push(content())
            body = {"errors": [{"code": 5000, "message": "no"}]}
            await desk.fault("create_message", "status", status=200, body=body)
            with pytest.raises(OutcomeUnknown):
                await desk.push(content())
            both = {"data": [{"id": "7", "state": "SCHEDULED", "socialProfile": {"id": "115185509"}}], **body}
            await desk.fault("create_message", "status", status=200, body=both)
            assert (await desk.push(content())).external_id == "message:7"

    async def test_the_code_decides_before_the_status(self):
        async with open_desk() as desk:
            for status, code, error in (
                (400, 1043, RateLimited),
                (403, 1003, RateLimited),
                (400, 1036, ReauthRequired),
                (400, 4005, ConfigurationInvalid),
                (400, 40025, Rejected),
                (400, 40021, VendorUnavailable),
                (400, 9000, OutcomeUnknown),
                (503, 4005, OutcomeUnknown),
            ):
                body = {"errors": [{"code": code, "message": "words"}]}
                await desk.fault("create_message", "status", status=status, body=body)
                with pytest.raises(error):
                    await desk.push(content())

    async def test_a_burst_ends_at_once_and_a_spent_day_at_midnight(self):
        async with open_desk() as desk:
            desk.simulator.configure(calls_per_second=0)
            with pytest.raises(RateLimited) as caught:
                await connector.check(desk.ctx)
            assert caught.value.retry_at == STARTED_AT + timedelta(seconds=2)
            desk.simulator.configure(calls_per_day=0)
            with pytest.raises(RateLimited) as caught:
                await connector.check(desk.ctx)
            assert caught.value.retry_at == datetime(2026, 3, 11, tzinfo=UTC)

    async def test_approval_can_hold_a_message_past_its_time(self):
        async with open_desk(name="Tom Berg") as desk:
            pushed = await desk.push(content())
            assert pushed.state is ContentState.AWAITING_REVIEW
            desk.advance(1800)
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
            assert found is not None
            assert found.state is ContentState.EXPIRED

    async def test_a_member_without_the_right_needs_an_administrator_of_hootsuite(self):
        async with open_desk(name="Eva Lind") as desk:
            with pytest.raises(ConfigurationInvalid):
                await desk.push(content())
            with pytest.raises(ConfigurationInvalid):
                await desk.push(content(HIRING))

    async def test_what_was_sent_cannot_be_taken_back(self):
        async with open_desk() as desk:
            pushed = await desk.push(content())
            desk.advance(3000)
            with pytest.raises(Rejected) as caught:
                await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)
            assert caught.value.code == "already_published"

    @pytest.mark.parametrize("options", [{"empty_delete_body": True}, {"message_as_array": True}])
    async def test_answers_come_in_two_shapes(self, options: dict):
        async with open_desk(**options) as desk:
            pushed = await desk.push(content())
            assert await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id) == pushed
            await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)
            assert desk.messages() == []

    async def test_a_state_that_is_new_to_us_is_for_people_to_look_at(self):
        async with open_desk() as desk:
            body = {"data": [{"id": 7, "state": "PAUSED", "socialProfile": {"id": "115185509"}}]}
            await desk.fault("create_message", "status", status=200, body=body)
            assert (await desk.push(content())).state is ContentState.AWAITING_REVIEW


class TestMedia:
    async def test_a_file_is_uploaded_in_two_steps_without_our_token(self):
        async with open_desk() as desk:
            await desk.push(content(media=(PNG,)))
            (media,) = desk.simulator.rows("media")
            assert bytes.fromhex(media["first_bytes"]) == PNG.data[:16]
            assert desk.messages()[0]["media"] == [{"id": media["id"]}]

    async def test_a_file_that_is_worked_on_is_looked_at_again_later(self):
        async with open_desk(media_delay=timedelta(seconds=10)) as desk:
            with pytest.raises(StillProcessing) as caught:
                await desk.push(content(media=(PNG,)))
            assert (desk.simulator.calls["get_media"], desk.messages()) == (1, [])
            there = replace(PNG, external_id=caught.value.external_id)
            with pytest.raises(StillProcessing):
                await desk.push(content(media=(there,)))
            desk.advance(10)
            await desk.push(content(media=(there,)))
            (message,) = desk.messages()
            assert message["media"] == [{"id": there.external_id}]
            assert desk.simulator.calls["create_media"] == 1
            # One that Hootsuite has thrown away meanwhile is uploaded anew.
            desk.simulator.configure(media_delay=timedelta())
            gone = replace(PNG, external_id="aHR0cHM6Ly9ub25l")
            await desk.push(content(text="Another", media=(gone,)))
            assert desk.simulator.calls["create_media"] == 2

    async def test_documents_cannot_go_this_way(self):
        async with open_desk() as desk:
            pdf = Media(MediaKind.DOCUMENT, "application/pdf", b"%PDF", "a.pdf")
            for files in ((pdf,), (PNG, PNG)):
                with pytest.raises(Rejected) as caught:
                    await desk.push(content(media=files))
                assert caught.value.code == "media_not_accepted"
            assert desk.simulator.calls["create_media"] == 0

    async def test_a_storage_that_refuses_leaves_nothing_visible(self):
        async with open_desk() as desk:
            await desk.fault("upload", "status", status=403)
            with pytest.raises(VendorUnavailable):
                await desk.push(content(media=(PNG,)))
            assert desk.messages() == []


class TestAmplify:
    async def test_a_post_goes_into_its_topics_and_stays_editable(self):
        async with open_desk() as desk:
            at = STARTED_AT + timedelta(days=1)
            given = content(
                HIRING, topic_ids=("topic:Events", HIRING), publish_at=at, expires_at=at + timedelta(days=9)
            )
            pushed = await desk.push(given)
            (post,) = desk.posts()
            assert pushed.external_id == f"amplify:{post['id']}"
            assert pushed.state is ContentState.SCHEDULED
            assert post["topics"] == ["Hiring", "Events"]
            assert (post["publishedDate"], post["expiryDate"]) == (
                "2026-03-11T09:30:00.000Z",
                "2026-03-20T09:30:00.000Z",
            )
            assert (post["isEditable"], post["isPublished"], post["state"]) == (True, True, "published")
            assert [name for name, is_on in post["shareableNetworks"].items() if is_on] == ["linkedin"]

    async def test_a_lost_amplify_create_needs_a_person_who_looks(self):
        async with open_desk() as desk:
            await desk.fault("amplify_create_message", "lose_answer")
            with pytest.raises(OutcomeUnknown):
                await desk.push(content(HIRING))
            assert len(desk.posts()) == 1
            before = dict(desk.simulator.calls)
            with pytest.raises(CapabilityMissing):
                await connector.find_content(desk.ctx, content=content(HIRING))
            assert dict(desk.simulator.calls) == before

    async def test_amplify_posts_cannot_be_found_withdrawn_or_counted(self):
        async with open_desk() as desk:
            pushed = await desk.push(content(HIRING))
            with pytest.raises(CapabilityMissing):
                await connector.find_content(desk.ctx, content=content(HIRING), external_id=pushed.external_id)
            with pytest.raises(CapabilityMissing) as caught:
                await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)
            assert "Content Admin" in caught.value.message
            reading = await connector.read_content_metrics(
                desk.ctx, external_id=pushed.external_id, metrics=ASKED, **DAYS
            )
            assert set(reading.missing.values()) == {"not_supported"}

    async def test_only_a_content_admin_puts_content_in(self):
        async with open_desk(name="Tom Berg") as desk:
            with pytest.raises(ConfigurationInvalid):
                await desk.push(content(HIRING))

    async def test_the_same_code_means_something_else_in_amplify(self):
        async with open_desk() as desk:
            body = {"message": "m", "errors": [{"uuid": "3b6", "code": "2000", "message": "not found"}]}
            await desk.fault("amplify_create_message", "status", status=400, body=body)
            with pytest.raises(Rejected) as caught:
                await desk.push(content(HIRING))
            assert caught.value.code == "not_found"
            body["errors"] = [{"code": 3001, "message": "no", "data": None}]
            await desk.fault("amplify_create_message", "status", status=400, body=body)
            with pytest.raises(ConfigurationInvalid):
                await desk.push(content(HIRING))

    async def test_hashes_are_resolved_five_hundred_at_once(self):
        async with open_desk() as desk:
            hashes = ["h1", "h2", "h3", "h1", "", *(f"nobody-{number}" for number in range(600))]
            found = await connector.resolve_members(desk.ctx, hashes=hashes)
            assert found == {"h1": "814984", "h2": "814984", "h3": "814985"}
            assert desk.simulator.calls["deobfuscate"] == 2


class TestNumbers:
    async def test_linkedin_has_no_numbers(self):
        async with open_desk() as desk:
            pushed = await desk.push(content())
            desk.advance(3000)
            reading = await connector.read_content_metrics(
                desk.ctx, external_id=pushed.external_id, metrics=ASKED, **DAYS
            )
            assert set(reading.missing.values()) == {"not_supported"}
            assert desk.simulator.calls["analytics"] == 0

    async def test_numbers_are_joined_by_the_networks_id(self):
        async with open_desk(analytics_per_page=1) as desk:
            first = await desk.push(content(PAGE, network="facebook", text="one"))
            second = await desk.push(content(PAGE, network="facebook", text="two"))
            desk.advance(3000)
            for pushed, likes in ((first, 12), (second, 31)):
                message_id = pushed.external_id.partition(":")[2]
                await desk.change(f"metrics/{message_id}", likes=likes, comments=3, post_views=400)
            reading = await connector.read_content_metrics(
                desk.ctx, external_id=second.external_id, metrics=[*ASKED, Metric.IMPRESSIONS], **DAYS
            )
            assert dict(reading.values) == {Metric.REACTIONS: 31, Metric.COMMENTS: 3}
            assert dict(reading.missing) == {Metric.CLICKS: "no_data", Metric.IMPRESSIONS: "not_supported"}
            assert reading.covers == ("facebook",)
            assert reading.counted_until == desk.simulator.now()

    async def test_a_message_that_was_not_sent_has_no_data(self):
        async with open_desk() as desk:
            pushed = await desk.push(content(PAGE, network="facebook"))
            reading = await connector.read_content_metrics(
                desk.ctx, external_id=pushed.external_id, metrics=ASKED, **DAYS
            )
            assert set(reading.missing.values()) == {"no_data"}

    @pytest.mark.parametrize("shape", ["rest", "problem"])
    async def test_without_the_scope_there_are_no_numbers(self, shape: str):
        async with open_desk(analytics_shape=shape) as desk:
            pushed = await desk.push(content(PAGE, network="facebook"))
            desk.advance(3000)
            given = (await desk.sign_in(scopes="offline")).ctx.require_credentials()
            for credentials in (given, replace(given, scopes=frozenset())):
                reading = await connector.read_content_metrics(
                    desk.with_credentials(credentials).ctx, external_id=pushed.external_id, metrics=ASKED, **DAYS
                )
                assert set(reading.missing.values()) == {"scope_missing"}
            assert desk.simulator.calls["analytics"] == 1


class TestPeople:
    async def test_people_are_deactivated_and_never_deleted(self):
        async with open_desk() as desk:
            await connector.remove_member(desk.ctx, external_id="814985", destination_id=None)
            await connector.remove_member(desk.ctx, external_id="999999", destination_id=None)
            assert desk.simulator.table("members")["814985"]["active"] is False

    async def test_an_address_is_one_seat_however_it_is_written(self):
        async with open_desk(users_per_page=2) as desk:
            person = AudiencePerson("ref", "Tom@Corp.example", "Tom", "Berg", "de")
            found = await connector.add_member(desk.ctx, person=person, destination_id=None)
            assert found.external_id == "814985"
            first = await connector.list_audience(desk.ctx, destination_id=None, cursor=None)
            second = await connector.list_audience(desk.ctx, destination_id=None, cursor=first.next_cursor)
            assert [len(first.members), len(second.members), second.next_cursor] == [2, 1, None]

    async def test_a_user_who_came_in_between_is_taken_as_they_are(self):
        async with open_desk() as desk:
            body = {"schemas": [], "totalResults": 0, "Resources": []}
            await desk.fault("scim_list_users", "status", status=200, body=body)
            person = AudiencePerson("ref", "tom@corp.example", "Tom", "Berg")
            found = await connector.add_member(desk.ctx, person=person, destination_id=None)
            assert found.external_id == "814985"
            odd = AudiencePerson("ref", 'a"b\\c@corp.example', "A", "B")
            added = await connector.add_member(desk.ctx, person=odd, destination_id=None)
            assert (await connector.add_member(desk.ctx, person=odd, destination_id=None)) == added

    async def test_a_cursor_that_is_none_is_refused_before_any_call(self):
        async with open_desk() as desk:
            for cursor in ("", "0", "x", "-1", "١"):
                with pytest.raises(ConfigurationInvalid):
                    await connector.list_audience(desk.ctx, destination_id=None, cursor=cursor)
            assert desk.simulator.calls["scim_list_users"] == 0


class TestWebhooks:
    async def test_a_notification_is_a_hint_with_a_rising_number(self):
        hook = "https://advocacy.example/hook"
        async with open_desk() as desk:
            pushed = await desk.with_settings(webhook_url=hook).push(content())
            desk.advance(3000)
            desk.messages()
            envelopes = desk.simulator.table("hooks")[hook]["queue"]
            notices = await connector.receive_webhook(desk.ctx, headers={}, body=json.dumps(envelopes).encode())
            assert [(one.sequence, one.kind, one.is_signed, one.external_id) for one in notices] == [
                (1, NoticeKind.CONTENT_CHANGED, False, pushed.external_id),
                (2, NoticeKind.CONTENT_CHANGED, False, pushed.external_id),
            ]
            assert notices[1].happened_at == desk.simulator.now()

    async def test_a_ping_says_nothing_and_other_kinds_are_unknown(self):
        async with open_desk() as desk:
            ping = b'{"type": "com.hootsuite.ping.event.v1", "data": {}}'
            assert await connector.receive_webhook(desk.ctx, headers={}, body=ping) == []
            for body in (
                b'{"seq_no": "4", "type": "com.hootsuite.apps.event.v1", "data": {"state": "INSTALLED"}}',
                b'{"seq_no": "x", "type": "com.hootsuite.messages.event.v1", "data": null}',
                b'{"type": "something.new", "data": {"message": {"id": "5"}, "timestamp": "never"}}',
            ):
                (notice,) = await connector.receive_webhook(desk.ctx, headers={}, body=body)
                assert notice.kind is NoticeKind.UNKNOWN
                assert notice.external_id is None

    async def test_a_stranger_cannot_use_up_the_number_of_a_genuine_notice(self):
        async with open_desk() as desk:
            ids = set()
            for message_id in ("4138476039", "1"):
                body = {"seq_no": "9", "type": "com.hootsuite.messages.event.v1"}
                data = {"state": "SENT", "message": {"id": message_id}}
                sent = json.dumps({**body, "data": data}).encode()
                for _ in range(2):
                    (notice,) = await connector.receive_webhook(desk.ctx, headers={}, body=sent)
                    ids.add(notice.event_id)
            assert len(ids) == 2


class TestSecrets:
    async def test_no_answer_reads_our_secrets_back_to_anybody(self):
        async with open_desk() as desk:
            token = desk.ctx.require_credentials().access_token.reveal()
            body = {"errors": [{"code": 4003, "message": f"token {token} demo-secret", "id": token}]}
            desk.simulator.faults.add(Fault("get_message", FaultKind.STATUS, status=400, body=body))
            with pytest.raises(ConfigurationInvalid) as caught:
                await connector.find_content(desk.ctx, content=content(), external_id="message:1")
            assert token not in caught.value.detail
            assert "demo-secret" not in caught.value.detail


def test_the_page_and_these_tests_name_the_same_quirks():
    page = Path(hootsuite.__file__).with_name("README.md").read_text(encoding="utf-8")
    table = page.partition("| Quirk |")[2].partition("\n\n")[0]
    quirks = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    named = {"test_" + re.sub(r"\W+", "_", quirk.lower().replace("'", "")) for quirk in quirks}
    tests = set(re.findall(r"async def (test_\w+)", Path(__file__).read_text(encoding="utf-8")))
    assert named == tests
    assert page == replace_generated(page, manifest_table(connector.manifest))
