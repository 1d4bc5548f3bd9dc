"""What is odd about Firstup and VoiceStorm, each oddity by the name that the connector's README gives it."""

import gzip
import html
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.sdk import (
    AudiencePerson,
    CapabilityMissing,
    ConfigurationInvalid,
    ContentState,
    Media,
    MediaKind,
    Metric,
    OutcomeUnknown,
    RateLimited,
    ReauthRequired,
    Rejected,
    VendorUnavailable,
    WebhookRefused,
)
from connectors.sdk.testing.simulator import Event, Simulator, running
from connectors.voicestorm import connector

from .desk import (
    CLIENT_SECRET,
    HOOK_SECRET,
    STARTED_AT,
    content,
    firstup_settings,
    open_firstup,
    open_voicestorm,
    voicestorm_settings,
)

ANA = AudiencePerson("ref-ana", "ana@example.com", "Ana", "Silva")
PNG = Media(MediaKind.IMAGE, "image/png", b"\x89PNG \x00\xff", "lab.png", alt_text="The lab")


class Receiver(Simulator):
    """Our own side of a webhook, as far as the vendor sees it: it keeps what it is sent."""

    def hosts(self):
        return ("hook",)

    def reset(self):
        self.got: list[tuple[dict[str, str], bytes]] = []

    def routes(self, host: str):
        return [self.operation("/hooks", self._take, name="take", methods=["POST"])]

    def apply(self, event: Event):
        raise AssertionError("nothing is recorded here")

    def state(self):
        return {}

    async def _take(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return JSONResponse({}, status_code=202)


class TestBoth:
    async def test_the_two_generations_share_nothing(self):
        async with open_firstup() as firstup, open_voicestorm() as voicestorm:
            for ctx in (
                replace(firstup.ctx, settings=voicestorm_settings(firstup.urls)),
                replace(voicestorm.ctx, settings=firstup_settings(voicestorm.urls)),
            ):
                with pytest.raises(ConfigurationInvalid):
                    await connector.check(ctx)
            before = dict(firstup.simulator.calls), dict(voicestorm.simulator.calls)
            for refused in (
                connector.push_content(voicestorm.ctx, content=content()),
                connector.find_content(voicestorm.ctx, content=content()),
                connector.withdraw_content(voicestorm.ctx, external_id="77120"),
                connector.list_destinations(voicestorm.ctx),
                connector.receive_webhook(voicestorm.ctx, headers={}, body=b"{}"),
                connector.set_post_image(firstup.ctx, post_id="p", media=PNG),
            ):
                with pytest.raises(CapabilityMissing):
                    await refused
            with pytest.raises(CapabilityMissing):
                connector.preview_content(voicestorm.ctx, content=content())
            with pytest.raises(CapabilityMissing):
                connector.import_report(firstup.ctx, name="voicestorm_members", data=b"")
            with pytest.raises(ConfigurationInvalid):
                await connector.check(firstup.with_settings(generation="elevate").ctx)
            assert (dict(firstup.simulator.calls), dict(voicestorm.simulator.calls)) == before


class TestVoiceStorm:
    async def test_voicestorm_encodes_token_and_secret_before_basic(self):
        async with open_voicestorm() as desk:
            pair = (desk.ctx.settings["client_id"], desk.ctx.settings["client_secret"])
            assert all({"+", "/"} & set(part) for part in pair)
            assert (await connector.authenticate(desk.ctx)).access_token
            plain = await desk.http.post(
                f"{desk.urls['api']}/v1/oauth2/token", auth=pair, data={"grant_type": "client_credentials"}
            )
            assert plain.status_code == 401

    async def test_voicestorms_token_has_no_known_end(self):
        async with open_voicestorm() as desk:
            assert desk.ctx.require_credentials().expires_at is None
            desk.advance(400 * 86_400)
            await connector.check(desk.ctx)
            await desk.control("tokens/revoke")
            with pytest.raises(ReauthRequired):
                await connector.check(desk.ctx)
            await connector.check((await desk.sign_in()).ctx)

    async def test_voicestorm_searches_and_registers_by_put(self):
        async with open_voicestorm(with_scim=False) as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            again = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            assert added == again
            assert added.is_active
            assert desk.simulator.calls["search"] == 2
            assert desk.simulator.calls["register"] == 1
            assert (await desk.ask("POST", "/v1/search", json={})).status_code == 405
            # The search is for a term: another's address that holds ours is not ours.
            other = replace(ANA, email="a@example.com", reference="ref-a")
            another = await connector.add_member(desk.ctx, person=other, destination_id=None)
            assert another.external_id != added.external_id

    async def test_voicestorm_without_scim_only_lets_people_in(self):
        async with open_voicestorm(with_scim=False) as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            with pytest.raises(ConfigurationInvalid):
                await connector.list_audience(desk.ctx, destination_id=None, cursor=None)
            with pytest.raises(ConfigurationInvalid):
                await connector.remove_member(desk.ctx, external_id=added.external_id, destination_id=None)

    async def test_voicestorms_scim_token_is_a_setting(self):
        async with open_voicestorm() as desk:
            wrong = desk.with_settings(scim_token="nobody-knows").ctx
            for refused in (
                connector.check(wrong),
                connector.list_audience(wrong, destination_id=None, cursor=None),
                connector.add_member(wrong, person=ANA, destination_id=None),
                connector.remove_member(wrong, external_id="u-3101", destination_id=None),
            ):
                with pytest.raises(ConfigurationInvalid):
                    await refused

    async def test_voicestorm_refuses_with_status_200(self):
        async with open_voicestorm(with_scim=False) as desk:
            with pytest.raises(Rejected) as caught:
                await connector.add_member(desk.ctx, person=replace(ANA, given_name=""), destination_id=None)
            assert caught.value.message == "firstName is required"
            desk.fault("groups", "status", status=400, body={"code": "not_enabled", "message": "off"})
            with pytest.raises(ConfigurationInvalid) as off:
                await connector.check(desk.ctx)
            assert off.value.vendor_code == "not_enabled"

    async def test_voicestorms_puts_replace_whole_sets(self):
        async with open_voicestorm() as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            path = f"/v1/user/{added.external_id}"
            for divisions in (["d-1"], ["d-2"]):
                assert (await desk.ask("PUT", path, json={"divisions": divisions})).json() == {"code": "success"}
            await connector.remove_member(desk.ctx, external_id=added.external_id, destination_id=None)
            await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            assert (await desk.ask("GET", path)).json()["user"]["divisions"] == ["d-2"]
            assert desk.simulator.calls["write_user"] == 2

    async def test_a_voicestorm_image_is_sent_as_it_is_and_not_as_a_form(self):
        async with open_voicestorm() as desk:
            post = (await desk.control("posts", title="Our new lab")).json()
            await connector.set_post_image(desk.ctx, post_id=post["id"], media=PNG)
            (kept,) = desk.simulator.state()["posts"]
            assert kept["image"] == {"content_type": "image/png", "bytes": len(PNG.data)}
            form = await desk.ask("PUT", f"/v1/post/{post['id']}/image", files={"image": ("a.png", PNG.data)})
            assert form.json()["code"] == "error"
            with pytest.raises(ConfigurationInvalid):
                await connector.set_post_image(desk.ctx, post_id="../users?x", media=PNG)
            document = Media(MediaKind.DOCUMENT, "application/pdf", b"%PDF", "a.pdf")
            with pytest.raises(Rejected) as caught:
                await connector.set_post_image(desk.ctx, post_id=post["id"], media=document)
            assert caught.value.code == "media_not_accepted"

    async def test_linkedin_access_ends_after_sixty_days_inside_voicestorm(self):
        async with open_voicestorm() as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            post = (await desk.control("posts", title="Our new lab")).json()
            share = {"user_id": added.external_id, "post_id": post["id"]}
            await desk.control("linkedin", user_id=added.external_id)
            await desk.control("shares", **share)
            desk.advance(60 * 86_400)
            refused = await desk.http.post(f"{desk.urls['api']}/_sim/shares", json=share)
            assert refused.status_code == 409
            # Nothing that we can read tells it: the person is still there and active.
            page = await connector.list_audience(desk.ctx, destination_id=None, cursor=None)
            assert [one.is_active for one in page.members] == [True]
            await desk.control("linkedin", user_id=added.external_id)
            await desk.control("shares", **share)

    async def test_voicestorms_report_begins_with_a_banner(self):
        async with open_voicestorm() as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            post = (await desk.control("posts", title="Our new lab")).json()
            await desk.control("linkedin", user_id=added.external_id)
            await desk.control("shares", user_id=added.external_id, post_id=post["id"], clicks=4)
            query = {"ReportType": "Member", "StartDate": "2026-03-01", "EndDate": "2026-03-31"}
            answer = await desk.ask("GET", "/v1/reports/csv", params=query)
            assert "UserId" not in answer.text.splitlines()[0]
            reading = connector.import_report(desk.ctx, name="voicestorm_members", data=answer.content)
            (row,) = reading.rows
            assert row.key == added.external_id
            assert dict(row.values) == {Metric.VIEWS: 1200, Metric.SHARES: 1, Metric.CLICKS: 4}

    async def test_voicestorms_limit_says_its_reset_in_seconds(self):
        async with open_voicestorm() as desk:
            desk.advance(100)
            for _ in range(200):
                await desk.ask("GET", "/v1/groups")
            with pytest.raises(RateLimited) as caught:
                await connector.check(desk.ctx)
            assert caught.value.retry_at - desk.ctx.now() == timedelta(seconds=500)


class TestContent:
    async def test_content_is_a_draft_before_it_is_published(self):
        async with open_firstup() as desk:
            desk.fault("publish_content", "status", status=400, body={"message": "Not today"})
            with pytest.raises(Rejected) as caught:
                await connector.push_content(desk.ctx, content=content())
            assert caught.value.message == "Not today"
            assert [one["state"] for one in desk.seen()["contents"]] == ["draft"]
            pushed = await connector.push_content(desk.ctx, content=content())
            assert pushed.state is ContentState.LIVE
            assert [one["state"] for one in desk.seen()["contents"]] == ["draft", "published"]

    @pytest.mark.parametrize("kind", ["lose_answer", "lose_request"])
    async def test_a_lost_draft_stays_behind_unseen(self, kind: str):
        async with open_firstup() as desk:
            desk.fault("create_content", kind)
            with pytest.raises(VendorUnavailable):
                await connector.push_content(desk.ctx, content=content())
            assert "published" not in {one["state"] for one in desk.seen()["contents"]}
            pushed = await connector.push_content(desk.ctx, content=content())
            found = await connector.find_content(desk.ctx, content=content())
            assert found is not None
            assert (found.external_id, found.state) == (pushed.external_id, ContentState.LIVE)

    async def test_a_lost_publish_call_is_never_sent_again(self):
        async with open_firstup() as desk:
            desk.fault("publish_content", "lose_request")
            with pytest.raises(OutcomeUnknown):
                await connector.push_content(desk.ctx, content=content())
            assert desk.simulator.calls["publish_content"] == 1
            found = await connector.find_content(desk.ctx, content=content())
            assert found is not None
            assert found.state is ContentState.DRAFT

    async def test_review_may_still_hold_what_was_published(self):
        async with open_firstup(needs_review=True) as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            assert pushed.state is ContentState.AWAITING_REVIEW
            await desk.control("content-state", id=pushed.external_id, state="published")
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
            assert found is not None
            assert found.state is ContentState.LIVE

    @pytest.mark.parametrize("status", [202, 204])
    async def test_a_publish_call_may_answer_without_a_word(self, status: int):
        async with open_firstup(publish_status=status) as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            assert pushed.state is ContentState.SCHEDULED
            await desk.control("content-state", id=pushed.external_id, state="published")
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
            assert found is not None
            assert found.state is ContentState.LIVE

    async def test_content_cannot_be_scheduled(self):
        async with open_firstup() as desk:
            early = content(publish_at=STARTED_AT + timedelta(minutes=1))
            before = dict(desk.simulator.calls)
            with pytest.raises(Rejected) as caught:
                await connector.push_content(desk.ctx, content=early)
            assert caught.value.code == "schedule_not_offered"
            with pytest.raises(Rejected):
                connector.preview_content(desk.ctx, content=early)
            assert dict(desk.simulator.calls) == before
            assert await connector.push_content(desk.ctx, content=content(publish_at=STARTED_AT))

    async def test_taking_back_means_back_to_draft(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            for _ in range(2):
                await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)
            assert [one["state"] for one in desk.seen()["contents"]] == ["draft"]
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
            assert found is not None
            assert found.state is ContentState.WITHDRAWN
            await connector.withdraw_content(desk.ctx, external_id="99999")
            await connector.withdraw_content(desk.ctx, external_id="../channels/4411")

    async def test_a_program_without_the_draft_call_is_not_taken_for_one_where_all_is_gone(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            desk.fault("draft_content", "status", status=404)
            with pytest.raises(ConfigurationInvalid):
                await connector.withdraw_content(desk.ctx, external_id=pushed.external_id)

    @pytest.mark.parametrize("shows_source", [True, False])
    async def test_content_is_found_by_source_or_else_by_title_and_link(self, shows_source: bool):
        async with open_firstup(shows_source=shows_source, page_limit=2) as desk:
            for number in range(5):
                await connector.push_content(desk.ctx, content=content(f"other-{number}", title=f"Other {number}"))
            assert await connector.find_content(desk.ctx, content=content()) is None
            pushed = await connector.push_content(desk.ctx, content=content())
            found = await connector.find_content(desk.ctx, content=content())
            assert found is not None
            assert found.external_id == pushed.external_id
            elsewhere = await connector.find_content(desk.ctx, content=content(destination_id="4412"))
            assert elsewhere is None

    async def test_the_feed_cannot_tell_an_application_whether_content_is_visible(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            assert (await desk.ask("GET", "/v2/feed/posts")).status_code == 403
            assert await connector.find_content(desk.ctx, content=content())
            token = (await desk.control("user-tokens", user_id=30_001)).json()["access_token"]
            feed = await desk.ask("GET", "/v2/feed/posts?name=myfeed", token=token)
            assert [str(one["id"]) for one in feed.json()["data"]] == [pushed.external_id]
            assert "meta" not in feed.json()

    async def test_private_content_has_nothing_to_share_outside(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            private = {"content_type": "article", "title": "x", "visibility": "private", "channels": [{"id": 4411}]}
            made = (await desk.ask("POST", "/v2/content", json=private)).json()["data"]
            listed = (await desk.ask("GET", "/v2/content?filter.channels.id=4411")).json()["data"]
            assert ["public_link_url" in one for one in listed] == [True, False]
            share = {"type": "share", "user_id": 1}
            await desk.control("activities", content_id=pushed.external_id, **share)
            url = f"{desk.urls['api']}/_sim/activities"
            assert (await desk.http.post(url, json={"content_id": made["id"], **share})).status_code == 409

    async def test_the_shareable_switch_of_studio_has_no_known_field(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            await desk.control("shareable", id=pushed.external_id, is_shareable=False)
            found = await connector.find_content(desk.ctx, content=content(), external_id=pushed.external_id)
            assert found is not None
            assert found.state is ContentState.LIVE
            share = {"content_id": pushed.external_id, "type": "share", "user_id": 1}
            assert (await desk.http.post(f"{desk.urls['api']}/_sim/activities", json=share)).status_code == 409

    async def test_the_body_is_html_and_people_read_what_was_written(self):
        async with open_firstup() as desk:
            text = 'חדש: <b>R&D</b> "5 < 7"\nשורה שנייה 👩🏽‍💻'
            await connector.push_content(desk.ctx, content=content(text=text, disclosure="#ad & more"))
            (item,) = desk.seen()["contents"]
            assert "<b>" not in item["body"]
            shown = html.unescape(item["body"].replace("<br>", "\n"))
            assert text in shown
            assert "#ad & more" in shown
            assert f'href="{html.escape(content().url)}"' in item["body"]


class TestProgram:
    async def test_the_application_may_do_what_a_program_manager_may(self):
        async with open_firstup() as desk:
            await connector.push_content(desk.ctx, content=content())
            await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            assert next(one.name for one in connector.manifest.settings if one.secret) == "client_secret"
            assert CLIENT_SECRET not in repr(desk.ctx)
            wrong = desk.with_settings(client_secret="nobody-knows").ctx
            with pytest.raises(ConfigurationInvalid):
                await connector.authenticate(wrong)

    async def test_a_missing_firstup_scope_is_the_administrators_to_fix(self):
        async with open_firstup(scopes=("content.read",)) as desk:
            await connector.check(desk.ctx)
            with pytest.raises(ConfigurationInvalid):
                await connector.push_content(desk.ctx, content=content())
            assert desk.seen()["contents"] == []

    async def test_a_token_opens_nothing_in_another_region(self):
        async with open_firstup(region="eu") as desk:
            await connector.check(desk.ctx)
            elsewhere = firstup_settings(desk.urls, region="us2")
            with pytest.raises(ReauthRequired):
                await connector.check(replace(desk.ctx, settings=elsewhere))
            with pytest.raises(ConfigurationInvalid):
                await connector.check(desk.with_settings(region="mars").ctx)

    async def test_firstups_limit_has_no_known_reset(self):
        async with open_firstup(calls_per_minute=2) as desk:
            for _ in range(2):
                await connector.check(desk.ctx)
            with pytest.raises(RateLimited) as caught:
                await connector.check(desk.ctx)
            assert caught.value.retry_at - desk.ctx.now() == timedelta(seconds=60)
            desk.advance(60)
            await connector.check(desk.ctx)

    async def test_export_files_are_gzip_in_spite_of_their_name(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            await desk.control("activities", content_id=pushed.external_id, type="share", user_id=30_001)
            await desk.control("exports", type="activities")
            (file,) = (await desk.ask("GET", "/_sim/exports?type=activities")).json()["data"]
            data = (await desk.http.get(file["presigned_url"])).content
            assert file["file_name"].endswith(".csv")
            assert b"share" in gzip.decompress(data)
            # Its columns are not known, so that it is no kind of report of ours.
            with pytest.raises(CapabilityMissing):
                connector.import_report(desk.ctx, name="voicestorm_members", data=data)


class TestPeople:
    async def test_nested_scim_paths_are_written_with_a_colon(self):
        async with open_firstup() as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            await connector.remove_member(desk.ctx, external_id=added.external_id, destination_id=None)
            married = replace(ANA, family_name="Silva-Levi")
            back = await connector.add_member(desk.ctx, person=married, destination_id=None)
            assert back.external_id == added.external_id
            (user,) = desk.seen()["users"]
            assert user["name"] == {"givenName": "Ana", "familyName": "Silva-Levi"}
            assert user["active"] is True
            operation = {"op": "replace", "path": "name.familyName", "value": "x"}
            body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
            dotted = await desk.ask("PATCH", f"/scim/v2/Users/{added.external_id}", json=body)
            assert dotted.status_code == 400
            assert dotted.json()["scimType"] == "invalidPath"

    @pytest.mark.parametrize(
        ("filter_", "status"),
        [
            ('userName eq "ana@example.com"', 200),
            ('role eq "member"', 200),
            ('userName sw "ana"', 400),
            ('externalId eq "ref-ana"', 400),
        ],
    )
    async def test_scim_filters_only_by_eq(self, filter_: str, status: int):
        async with open_firstup() as desk:
            await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            answer = await desk.ask("GET", "/scim/v2/Users", params={"filter": filter_})
            assert answer.status_code == status
            assert status != 200 or answer.json()["totalResults"] == 1

    async def test_a_look_up_may_find_somebody_else(self):
        async with open_firstup() as desk:
            # A reference of somebody that reads like Ana's address.
            odd = replace(ANA, email="dan@example.com", reference=ANA.email)
            dan = await connector.add_member(desk.ctx, person=odd, destination_id=None)
            ana = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            assert ana.external_id != dan.external_id
            assert ana.email == ANA.email

    async def test_firstup_takes_one_role_and_none_above_the_callers(self):
        async with open_firstup() as desk:
            await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            (user,) = desk.seen()["users"]
            assert user["roles"] == [{"value": "member"}]
            assert "displayName" not in user
            schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
            body = {"schemas": schemas, "userName": "b", "name": {"givenName": "B", "familyName": "B"}}
            for roles, status in ((["member", "publisher"], 400), (["administrator"], 403), (["publisher"], 201)):
                more = {"roles": [{"value": role} for role in roles]}
                assert (await desk.ask("POST", "/scim/v2/Users", json={**body, **more})).status_code == status

    async def test_firstup_groups_are_filled_later_and_are_no_audiences_of_studio(self):
        async with open_firstup() as desk:
            added = await connector.add_member(desk.ctx, person=ANA, destination_id=None)
            group = {"displayName": "Ambassadors", "members": [{"value": added.external_id}]}
            made = await desk.ask("POST", "/scim/v2/Groups", json=group)
            assert made.status_code == 201
            assert isinstance(made.json()["id"], int)
            assert made.json()["meta"]["jobId"]
            path = f"/scim/v2/Groups/{made.json()['id']}"
            assert "members" not in (await desk.ask("GET", path)).json()
            desk.advance(31)
            assert (await desk.ask("GET", path)).json()["members"] == group["members"]
            # We let people into the program and into no group.
            with pytest.raises(Rejected) as caught:
                await connector.add_member(desk.ctx, person=ANA, destination_id=str(made.json()["id"]))
            assert caught.value.code == "destination_takes_no_people"

    async def test_a_wrong_address_is_not_taken_for_somebody_who_is_gone(self):
        async with open_firstup() as firstup, open_voicestorm() as voicestorm:
            for desk, field in ((firstup, "api_url"), (voicestorm, "scim_url")):
                await connector.remove_member(desk.ctx, external_id="nobody", destination_id=None)
                wrong = desk.with_settings(**{field: desk.ctx.settings[field] + "/old"})
                with pytest.raises(ConfigurationInvalid):
                    await connector.remove_member(wrong.ctx, external_id="nobody", destination_id=None)


class TestWebhooks:
    async def test_a_webhook_is_authentic_only_by_its_static_header(self):
        async with open_firstup() as desk:
            pushed = await connector.push_content(desk.ctx, content=content())
            headers, body = desk.simulator.notification(pushed.external_id, authorization=HOOK_SECRET)
            altered = json.dumps({**json.loads(body), "content_id": 1}).encode()
            (notice,) = await connector.receive_webhook(desk.ctx, headers=headers, body=altered)
            assert (notice.external_id, notice.is_signed) == ("1", False)
            changing = desk.with_settings(webhook_authorization="new", webhook_authorization_previous=HOOK_SECRET)
            assert await connector.receive_webhook(changing.ctx, headers=headers, body=body)
            changed = desk.with_settings(webhook_authorization="new")
            with pytest.raises(WebhookRefused):
                await connector.receive_webhook(changed.ctx, headers=headers, body=body)

    async def test_a_webhook_may_come_twice_and_out_of_order(self):
        receiver = Receiver()
        async with open_firstup() as desk, running(receiver) as ours:
            subscription = {
                "url": f"{ours['hook']}/hooks",
                "authorization_header": HOOK_SECRET,
                "events": [{"name": "content_published", "version": "1"}, {"name": "content_archived"}],
            }
            made = await desk.ask("POST", "/v2/webhooks/subscriptions", json=subscription)
            assert made.status_code == 201
            pushed = await connector.push_content(desk.ctx, content=content())
            await desk.control("content-state", id=pushed.external_id, state="archived")
            sent = await desk.control("deliveries", order="reversed", times=2)
            assert sent.json()["statuses"] == [202] * 4
            notices = [
                (await connector.receive_webhook(desk.ctx, headers=headers, body=body))[0]
                for headers, body in receiver.got
            ]
            assert [json.loads(body)["name"] for _, body in receiver.got][::2] == [
                "content_archived",
                "content_published",
            ]
            assert len({notice.event_id for notice in notices}) == 2
            assert {notice.external_id for notice in notices} == {pushed.external_id}

    async def test_an_inactive_subscription_only_gets_a_ping(self):
        receiver = Receiver()
        async with open_firstup() as desk, running(receiver) as ours:
            subscription = {
                "url": f"{ours['hook']}/hooks",
                "authorization_header": HOOK_SECRET,
                "events": [{"name": "content_published"}],
            }
            made = (await desk.ask("POST", "/v2/webhooks/subscriptions", json=subscription)).json()["data"]
            await desk.control("subscriptions", id=made["id"], active=False)
            await connector.push_content(desk.ctx, content=content())
            assert (await desk.control("deliveries")).json()["statuses"] == []
            assert (await desk.control("deliveries", ping=True)).json()["statuses"] == [202]
            ((headers, body),) = receiver.got
            (notice,) = await connector.receive_webhook(desk.ctx, headers=headers, body=body)
            assert (notice.kind, notice.external_id) == ("unknown", None)
