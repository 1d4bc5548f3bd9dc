"""The simulated Hootsuite does what the vendor's document says, also to a client that is not ours."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.hootsuite import connector
from connectors.hootsuite.simulator import HootsuiteSimulator, consent
from connectors.hootsuite.simulator.app import Options
from connectors.sdk import Context, OutcomeUnknown, build_client
from connectors.sdk.testing.simulator import Simulator, running

from .desk import ANA, HIRING, REDIRECT_URI, STARTED_AT, Desk, content, open_desk, settings_for

IN_AN_HOUR = "2026-03-10T10:30:00Z"
WINDOW = "startTime=2026-03-10T00:00:00Z&endTime=2026-03-12T00:00:00Z"


def message(*profiles: str, **more: object) -> dict:
    ids = list(profiles or ("115185510",))
    return {"text": "Hello", "socialProfileIds": ids, "scheduledSendTime": IN_AN_HOUR, **more}


def code_of(answer) -> int:
    return answer.json()["errors"][0]["code"]


class TestSignIn:
    async def test_the_token_endpoint_takes_basic_only(self):
        async with open_desk() as desk:
            form = {"grant_type": "refresh_token", "client_id": "demo-client", "client_secret": "demo-secret"}
            answer = await desk.http.post(f"{desk.url}/oauth2/token", data=form)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
            answer = await desk.http.post(
                f"{desk.url}/oauth2/token", data={"grant_type": "password"}, auth=("demo-client", "demo-secret")
            )
            assert answer.json()["error"] == "unsupported_grant_type"
            assert answer.json()["status_code"] == 400

    @pytest.mark.parametrize("state", ["", "&state=short"])
    async def test_a_missing_or_short_state_comes_back_as_an_error(self, state: str):
        async with open_desk() as desk:
            url = f"{desk.url}/oauth2/auth?response_type=code&client_id=demo-client&redirect_uri={REDIRECT_URI}{state}"
            assert "error=invalid_state" in await consent(desk.http, url)

    async def test_a_scope_that_is_not_switched_on_comes_back_as_an_error(self):
        async with open_desk(app_scopes=frozenset({"offline", "analytics:read"})) as desk:
            desk.simulator.configure(app_scopes=frozenset({"offline"}))
            url = connector.authorization_url(desk.ctx, state="long enough", redirect_uri=REDIRECT_URI)
            assert "error=invalid_scope" in await consent(desk.http, url)
            url = connector.authorization_url(desk.ctx, state="long enough", redirect_uri="http://other.example/")
            with pytest.raises(ValueError, match="400"):
                await consent(desk.http, url)

    async def test_a_code_lives_ten_minutes(self):
        async with open_desk() as desk:
            code = await desk.code()
            desk.advance(601)
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
            auth = ("demo-client", "demo-secret")
            answer = await desk.http.post(f"{desk.url}/oauth2/token", data=form, auth=auth)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_a_denied_consent_comes_back_with_the_state(self):
        async with open_desk() as desk:
            url = connector.authorization_url(desk.ctx, state="long enough", redirect_uri=REDIRECT_URI)
            back = await consent(desk.http, url, decision="deny")
            assert back == f"{REDIRECT_URI}?error=access_denied&state=long%20enough"

    async def test_apps_act_for_members_and_organizations_that_installed_them(self):
        async with open_desk() as desk:

            async def ask(**form: str) -> dict:
                auth = ("demo-client", "demo-secret")
                return (await desk.http.post(f"{desk.url}/oauth2/token", data=form, auth=auth)).json()

            assert (await ask(grant_type="member_app", member_id="814985"))["error"] == "request_forbidden"
            await desk.change("installs/814985", at="now")
            assert "refresh_token" not in await ask(grant_type="member_app", member_id="814985")
            wanted = {"grant_type": "organization_app", "organization_id": "626731"}
            assert (await ask(**wanted))["error"] == "request_forbidden"
            desk.simulator.configure(is_enterprise=True)
            assert (await ask(**wanted))["access_token"]

    async def test_a_token_is_missing_doubled_unknown_or_expired(self):
        async with open_desk() as desk:
            assert code_of(await desk.http.get(f"{desk.url}/v1/me")) == 1000
            twice = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
            assert code_of(await desk.http.get(f"{desk.url}/v1/me", headers=twice)) == 1000
            assert code_of(await desk.raw("GET", "/v1/me", Authorization="Bearer x")) == 1001
            desk.advance(3599)
            assert code_of(await desk.raw("GET", "/v1/me")) == 1036


class TestShapes:
    async def test_each_product_refuses_in_its_own_shape(self):
        async with open_desk() as desk:
            rest = (await desk.raw("GET", "/v1/messages/1")).json()
            assert set(rest["errors"][0]) == {"code", "message", "id"}
            amplify = (await desk.raw("GET", "/amplify/v1/me/messages")).json()
            assert set(amplify["errors"][0]) == {"uuid", "code", "message"}
            assert isinstance(amplify["errors"][0]["code"], str)
            scim = (await desk.raw("GET", "/scim/v2/Users?filter=active%20eq%20true")).json()
            assert (scim["status"], scim["scimType"]) == ("400", "invalidValue")
            problem = await desk.raw("POST", "/v1/analytics/posts?networkId=LINKEDIN", {})
            assert problem.headers["content-type"] == "application/problem+json"
            assert set(problem.json()) == {"type", "title", "status", "detail"}

    async def test_a_body_without_the_charset_is_refused(self):
        async with open_desk() as desk:
            headers = {"Content-Type": "application/json"}
            assert code_of(await desk.raw("POST", "/v1/messages", message(), **headers)) == 1100
            desk.simulator.configure(needs_charset=False)
            assert (await desk.raw("POST", "/v1/messages", message(), **headers)).status_code == 200

    async def test_quota_headers_are_on_every_answer_and_nothing_says_when_to_retry(self):
        async with open_desk(calls_per_second=4) as desk:
            answers = [
                await desk.raw("GET", path) for path in ("/v1/me", "/v1/messages/1", "/v1/me", "/v1/me", "/v1/me")
            ]
            assert [one.headers["x-account-quota-used"] for one in answers] == ["1", "2", "3", "4", "5"]
            assert answers[0].headers["x-account-quota"] == "100000 per day"
            assert answers[0].headers["x-account-rate-limit-requests-remaining"] == "3"
            assert (answers[4].status_code, code_of(answers[4])) == (429, 1043)
            assert "retry-after" not in answers[4].headers
            desk.simulator.configure(calls_per_day=5)
            desk.advance(1)
            assert code_of(await desk.raw("GET", "/v1/me")) == 1003


class TestMessages:
    async def test_one_message_per_profile_and_a_partial_failure_is_a_success(self):
        async with open_desk() as desk:
            answer = await desk.raw("POST", "/v1/messages", message("115185509", "115185510", "7"))
            body = answer.json()
            assert answer.status_code == 200
            assert [one["socialProfile"]["id"] for one in body["data"]] == ["115185509", "115185510"]
            assert body["errors"][0]["resource"] == {"type": "socialProfile", "id": "7"}
            assert (await desk.raw("POST", "/v1/messages", message("7"))).status_code == 404

    @pytest.mark.parametrize(
        ("time", "is_taken"),
        [
            ("2026-03-10T12:30:00+02:00", False),
            ("2026-03-10T10:30:00", False),
            ("2026-03-10T09:00:00Z", False),
            ("2026-03-10T09:34:59Z", False),
            ("2026-03-10T09:35:00Z", True),
        ],
    )
    async def test_times_need_a_z_and_some_minutes(self, time: str, is_taken: bool):
        async with open_desk() as desk:
            answer = await desk.raw("POST", "/v1/messages", message(scheduledSendTime=time))
            assert (answer.status_code == 200) is is_taken
            desk.simulator.configure(lead=None)
            answer = await desk.raw("POST", "/v1/messages", message(scheduledSendTime=time))
            assert (answer.status_code == 200) is time.endswith("Z")

    async def test_a_message_goes_its_way_with_the_clock(self):
        async with open_desk() as desk:
            slot = (await desk.raw("POST", "/v1/media", {"sizeBytes": 3, "mimeType": "video/mp4"})).json()["data"]
            await desk.http.put(slot["uploadUrl"], content=b"abc", headers={"Content-Type": "video/mp4"})
            await desk.raw("POST", "/v1/messages", message(media=[{"id": slot["id"]}]))
            desk.advance(3599 - 1)
            assert desk.messages()[0]["state"] == "SCHEDULED"
            desk.advance(2)
            assert desk.messages()[0]["state"] == "SUBMITTED"
            desk.advance(60)
            (sent,) = desk.messages()
            assert sent["state"] == "SENT"
            assert sent["postId"]
            assert sent["postUrl"]
            desk = await desk.sign_in()
            history = (await desk.raw("GET", f"/v1/messages/{sent['id']}/history")).json()["data"]
            assert [one["actionType"] for one in history] == ["CREATE", "SCHEDULE", "SEND"]

    async def test_a_dead_profile_fails_at_send_time(self):
        async with open_desk() as desk:
            await desk.change("profiles/115185510", isReauthRequired=1)
            await desk.raw("POST", "/v1/messages", message())
            desk.advance(3600)
            (failed,) = desk.messages()
            assert failed["state"] == "SEND_FAILED_PERMANENTLY"
            assert failed["history"][-1]["actionType"] == "SENDFAIL"

    async def test_deleting_outside_the_allowed_states_is_refused(self):
        async with open_desk() as desk:
            (one, two) = (await desk.raw("POST", "/v1/messages", message("115185509", "115185510"))).json()["data"]
            answer = await desk.raw("DELETE", f"/v1/messages/{one['id']}")
            assert (answer.status_code, answer.json()) == (200, {"data": {}})
            desk.advance(3600)
            desk = await desk.sign_in()
            assert code_of(await desk.raw("DELETE", f"/v1/messages/{two['id']}")) == 40003

    async def test_lists_have_windows_states_and_cursors_both_ways(self):
        async with open_desk() as desk:
            for number in range(5):
                await desk.raw("POST", "/v1/messages", message("115185509", "115185510", text=f"Number {number}"))
            for query, code in (
                ("startTime=2026-03-10T00:00:00Z", 4000),
                ("startTime=2026-03-01T00:00:00Z&endTime=2026-03-29T00:00:01Z", 40020),
                (f"{WINDOW}&state=SUBMITTED", 40019),
                (f"{WINDOW}&includeUnscheduledReviewMsgs=perhaps", 40022),
                (f"{WINDOW}&cursor=x", 3020),
                (f"{WINDOW}&limit=101", 4000),
            ):
                assert code_of(await desk.raw("GET", f"/v1/messages?{query}")) == code
            seen, cursor, back = [], "", None
            while cursor is not None:
                page = (await desk.raw("GET", f"/v1/messages?{WINDOW}&limit=4{cursor}")).json()
                seen.append([one["id"] for one in page["data"]])
                back = page["metadata"]["cursor"]["previous"]
                following = page["metadata"]["cursor"]["next"]
                cursor = f"&cursor={following}" if following else None
            assert [len(one) for one in seen] == [4, 4, 2]
            page = (await desk.raw("GET", f"/v1/messages?{WINDOW}&limit=4&cursor={back}")).json()
            assert [one["id"] for one in page["data"]] == seen[1]
            only = f"{WINDOW}&socialProfileIds=115185509&socialProfileIds=115185511"
            assert len((await desk.raw("GET", f"/v1/messages?{only}")).json()["data"]) == 5

    async def test_what_a_message_may_carry(self):
        async with open_desk() as desk:
            for body, code in (
                (message("115185509", tags=["advocacy"]), 40001),
                (message(mediaUrls=[{"url": "https://example.org/a.png"}]), 40004),
                (message("115185512", "115185513"), 40023),
                (message("115185510", "115185515"), 4000),
                (message("115185514"), 4000),
                (message(privacy={"linkedIn": {"visibility": ["anyone", "connectionsOnly"]}}), 4000),
                (message(media=[{"id": "nothing"}]), 4001),
                (message(unknown=1), 4000),
            ):
                assert code_of(await desk.raw("POST", "/v1/messages", body)) == code
            answer = await desk.raw("POST", "/v1/messages", message(tags=["mine"], mediaUrls=["https://ow.ly/a"]))
            assert answer.status_code == 200
            tom = await desk.sign_in("Tom Berg")
            assert code_of(await tom.raw("POST", "/v1/messages", message(tags=["new"]))) == 40005
            desk.simulator.configure(most_scheduled=1)
            assert code_of(await desk.raw("POST", "/v1/messages", message())) == 40025

    async def test_reviews_need_the_latest_sequence_number_and_are_written_down(self):
        async with open_desk() as desk:
            tom = await desk.sign_in("Tom Berg")
            first, second = (await tom.raw("POST", "/v1/messages", message("115185509", "115185510"))).json()["data"]
            assert first["state"] == "PENDING_APPROVAL"
            review = {"sequenceNumber": 1, "reviewerType": "MEMBER"}
            path = f"/v1/messages/{first['id']}"
            assert code_of(await desk.raw("POST", f"{path}/approve", {**review, "sequenceNumber": 0})) == 4000
            assert code_of(await desk.raw("POST", f"{path}/approve", {"sequenceNumber": 1})) == 4000
            assert code_of(await tom.raw("POST", f"{path}/approve", review)) == 4004
            assert (await desk.raw("POST", f"{path}/approve", review)).status_code == 200
            assert code_of(await desk.raw("POST", f"{path}/approve", {**review, "sequenceNumber": 2})) == 40003
            rejection = {**review, "reason": "No"}
            assert (await desk.raw("POST", f"/v1/messages/{second['id']}/reject", rejection)).status_code == 200
            assert [one["state"] for one in desk.messages()] == ["SCHEDULED", "REJECTED"]
            assert [one["history"][-1]["actionType"] for one in desk.messages()] == ["APPROVE", "REJECT"]
            desk.advance(3600)
            assert [one["state"] for one in desk.messages()] == ["SENT", "REJECTED"]

    async def test_rights_are_per_member(self):
        async with open_desk(name="Eva Lind") as eva:
            answer = await eva.raw("POST", "/v1/messages", message())
            assert (answer.status_code, code_of(answer)) == (403, 4002)
            await eva.change("members/814986", rights="with_approval")
            answer = await eva.raw("POST", "/v1/messages", message())
            assert answer.json()["data"][0]["state"] == "PENDING_APPROVAL"
            message_id = answer.json()["data"][0]["id"]
            assert code_of(await eva.raw("DELETE", f"/v1/messages/{message_id}")) == 4003

    async def test_a_message_without_its_answer_is_there(self):
        async with open_desk() as desk:
            await desk.fault("create_message", "lose_answer")
            with pytest.raises(OutcomeUnknown):
                await desk.push(content(ANA))
            listed = (await desk.raw("GET", f"/v1/messages?{WINDOW}")).json()["data"]
            assert len(listed) == 1


class TestMedia:
    async def test_a_file_goes_in_once_as_it_was_announced(self):
        async with open_desk(media_delay=timedelta(seconds=10)) as desk:
            assert code_of(await desk.raw("POST", "/v1/media", {"sizeBytes": 3, "mimeType": "application/pdf"})) == 4000

            async def slot() -> dict:
                return (await desk.raw("POST", "/v1/media", {"sizeBytes": 3, "mimeType": "image/png"})).json()["data"]

            async def put(url: str, data: bytes = b"abc", kind: str = "image/png", **more: str) -> int:
                return (await desk.http.put(url, content=data, headers={"Content-Type": kind, **more})).status_code

            async def state(media_id: str) -> str:
                return (await desk.raw("GET", f"/v1/media/{media_id}")).json()["data"]["state"]

            one = await slot()
            url = one["uploadUrl"]
            assert await put(url, b"abcd") == 403
            assert await put(url, kind="image/gif") == 403
            assert await put(url, Authorization="Bearer x") == 400
            assert await state(one["id"]) == "QUEUED"
            assert await put(url) == 200
            assert await put(url, b"xyz") == 200
            assert desk.simulator.table("media")[one["id"]]["first_bytes"] == b"abc".hex()
            with_media = message(media=[{"id": one["id"]}])
            assert code_of(await desk.raw("POST", "/v1/messages", with_media)) == 40021
            desk.advance(10)
            assert await state(one["id"]) == "READY"
            assert (await desk.raw("POST", "/v1/messages", with_media)).status_code == 200
            late = await slot()
            desk.advance(1800)
            assert await put(late["uploadUrl"]) == 403
            desk.advance(90 * 86_400)
            desk = await desk.sign_in()
            assert code_of(await desk.raw("GET", f"/v1/media/{one['id']}")) == 4001


class TestWebhooks:
    async def test_numbers_pings_failures_and_disorder(self):
        received: list[dict] = []
        statuses = {"now": 200}

        async def hook(request: Request) -> Response:
            received.append(json.loads(await request.body()))
            return Response(status_code=statuses["now"])

        async with open_desk() as desk, running(_Receiver(hook)) as urls:
            url = urls["api"] + "/hook"

            async def deliver(**more: object) -> None:
                await desk.change("webhooks/deliver", url=url, **more)

            await desk.raw("POST", "/v1/messages", message("115185509", "115185510", webhookUrls=[url]))
            desk.advance(3600)
            await deliver(twice=True, reverse=True)
            assert [one["seq_no"] for one in received] == ["4", "4", "3", "3", "2", "2", "1", "1"]
            assert received[0]["type"] == "com.hootsuite.messages.event.v1"
            assert received[0]["data"]["state"] == "SENT"
            assert {str(one["data"]["organization"]) for one in received} == {"None", "{'id': '626731'}"}
            desk = await desk.sign_in()
            statuses["now"] = 500
            later = message(*(["115185510"]), webhookUrls=[url], scheduledSendTime="2026-03-10T12:00:00Z")
            for _ in range(3):
                await desk.raw("POST", "/v1/messages", later)
            await deliver()
            assert desk.simulator.table("hooks")[url]["is_disabled"]
            await desk.raw("POST", "/v1/messages", later)
            received.clear()
            await deliver()
            assert [one["type"] for one in received] == ["com.hootsuite.ping.event.v1"]
            assert "seq_no" not in received[0]
            statuses["now"] = 200
            await deliver()
            await desk.raw("POST", "/v1/messages", later)
            received.clear()
            await deliver()
            # What happened while it was closed is lost, and its numbers were not used.
            assert [one["seq_no"] for one in received] == ["8"]


class _Receiver(Simulator):
    """Somebody who gets notifications."""

    def __init__(self, handler) -> None:
        self._handler = handler
        super().__init__()

    def hosts(self):
        return ("api",)

    def routes(self, host):
        return [Route("/hook", self._handler, methods=["POST"])]

    def reset(self):
        pass

    def apply(self, event):
        pass

    def state(self):
        return {}


class TestPeople:
    async def test_scim_has_one_filter_a_patch_and_no_delete(self):
        async with open_desk() as desk:
            found = (await desk.raw("GET", '/scim/v2/Users?filter=userName%20eq%20"tom@corp.example"')).json()
            assert [one["id"] for one in found["Resources"]] == ["814985"]
            assert found["totalResults"] == found["itemsPerPage"] == 1
            user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "tom@corp.example"}
            answer = await desk.raw("POST", "/scim/v2/Users", user)
            assert answer.json()["scimType"] == "invalidValue"
            answer = await desk.raw("POST", "/scim/v2/Users", {**user, "displayName": "Tom", "active": True})
            assert (answer.status_code, answer.json()["scimType"]) == (400, "uniqueness")
            assert (await desk.raw("DELETE", "/scim/v2/Users/814985")).status_code == 405
            patch = {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "active", "value": False}],
            }
            assert (await desk.raw("PATCH", "/scim/v2/Users/814985", patch)).json()["active"] is False
            patch["Operations"][0]["path"] = "userName"
            assert (await desk.raw("PATCH", "/scim/v2/Users/814985", patch)).json()["scimType"] == "mutability"

    async def test_seats_run_out(self):
        async with open_desk(seats=4) as desk:
            body = {"organizationIds": [626731], "email": "li@corp.example", "fullName": "Li Wei"}
            assert code_of(await desk.raw("POST", "/v1/members", {**body, "organizationIds": ["626731"]})) == 4000
            assert code_of(await desk.raw("POST", "/v1/members", {**body, "fullName": "L"})) == 2002
            assert (await desk.raw("POST", "/v1/members", body)).json()["data"]["email"] == "li@corp.example"
            assert code_of(await desk.raw("POST", "/v1/members", body)) == 3010
            assert code_of(await desk.raw("POST", "/v1/members", {**body, "email": "z@corp.example"})) == 2008


class TestAnalytics:
    async def test_what_the_analytics_refuse(self):
        async with open_desk(analytics_shape="rest") as desk:
            path = "/v1/analytics/posts?datatype=ORGANIC&networkId="

            def body(*ids: str, since: str = "2026-01-01T00:00:00Z") -> dict:
                span = {"since": since, "until": "2026-03-10T00:00:00Z"}
                return {"filters": {"profileId": {"in": list(ids)}, "reportingPeriod": {"timespan": span}}}

            assert (await desk.raw("POST", path + "FACEBOOKPAGE", body("1"))).json()["data"] == []
            for network in ("LINKEDIN", "LINKEDINCOMPANY"):
                assert code_of(await desk.raw("POST", path + network, body("1"))) == 4000
            assert code_of(await desk.raw("POST", path + "TWITTER", body(*map(str, range(11))))) == 4000
            assert code_of(await desk.raw("POST", path + "TWITTER", body())) == 4000
            old = body("1", since="2024-03-01T00:00:00Z")
            assert code_of(await desk.raw("POST", path + "TWITTER", old)) == 4000
            bare = await desk.sign_in(scopes="offline")
            assert code_of(await bare.raw("POST", path + "TWITTER", body("1"))) == 1037


class TestAmplify:
    async def test_who_may_do_what_in_amplify(self):
        async with open_desk(topics_per_page=2) as desk:
            assert (await desk.raw("GET", "/amplify/v1/me/")).json()["data"]["roles"] == ["subscriber", "content_admin"]
            assert (await desk.raw("GET", "/amplify/v1/me/organizations")).json()["data"][0]["hootId"] == 626731
            page = await desk.raw("GET", "/amplify/v1/me/topics")
            assert 'rel="next"' in page.headers["link"]
            answer = await desk.raw("POST", "/amplify/v1/me/messages", {"text": "x", "isSuggested": True})
            assert answer.json()["data"]["isDeleted"] is False
            assert desk.posts()[0]["state"] == "draft"
            for method, path in (("GET", "/messages"), ("DELETE", f"/messages/{desk.posts()[0]['id']}")):
                assert (await desk.raw(method, f"/amplify/v1/me{path}")).status_code == 404
            many = {"ids": [str(number) for number in range(501)]}
            assert (await desk.raw("POST", "/amplify/v1/me/utms/deobfuscate", many)).status_code == 400
            tom = await desk.sign_in("Tom Berg")
            answer = await tom.raw("POST", "/amplify/v1/me/messages", {"text": "x"})
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "3001")

    async def test_an_advocates_share_has_a_hash_that_leads_to_the_member(self):
        async with open_desk() as desk:
            answer = await desk.http.post(f"{desk.url}/_sim/shares", json={"member_id": "814985"})
            hashed = answer.json()["hash"]
            assert await connector.resolve_members(desk.ctx, hashes=[hashed]) == {hashed: "814985"}


class TestProcess:
    async def test_a_killed_simulator_still_knows_tokens_messages_and_posts(self, tmp_path: Path):
        state_file = tmp_path / "hootsuite.jsonl"
        async with build_client() as http:
            async with process(state_file) as (url, started):
                ctx = Context(http=http, settings=settings_for(url), clock=lambda: datetime.now(UTC))
                desk = await Desk(None, url, http, ctx).sign_in()
                account = await connector.get_account(desk.ctx)
                await desk.push(content(HIRING, text="שלום"))
                given = content(publish_at=datetime.now(UTC) + timedelta(hours=1))
                await desk.fault("create_message", "lose_answer")
                with pytest.raises(OutcomeUnknown):
                    await desk.push(given)
                started.kill()
                await started.wait()
            async with process(state_file) as (url, started):
                again = desk.with_settings(api_url=url)
                assert await connector.get_account(again.ctx) == account
                found = await connector.find_content(again.ctx, content=given)
                assert found is not None
                other = await again.push(content(text="Another"))
                assert other.external_id != found.external_id
                posts = (await http.get(f"{url}/_sim/state")).json()["posts"]
                assert [post["text"].split()[0] for post in posts] == ["שלום"]
        assert started.returncode == 0


@contextlib.asynccontextmanager
async def process(state_file: Path) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    command = ["-m", "connectors.hootsuite.simulator", "--port", "0", "--state-file", str(state_file)]
    root = Path(__file__).parents[3]
    started = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert started.stdout is not None
    try:
        yield json.loads(await started.stdout.readline())["api"], started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        await started.communicate()


def test_the_clock_and_the_limits_have_the_documented_defaults():
    options = Options()
    assert (options.calls_per_second, options.calls_per_day, options.lead) == (20, 100_000, timedelta(minutes=5))
    assert HootsuiteSimulator(options, clock=lambda: STARTED_AT).now() == STARTED_AT
