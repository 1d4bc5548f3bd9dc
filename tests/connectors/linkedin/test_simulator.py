"""The simulated LinkedIn refuses what LinkedIn refuses, also from a client that is not ours."""

import json
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.linkedin import feeds
from connectors.linkedin.manifest import MANIFEST
from connectors.linkedin.simulator import Profile
from connectors.linkedin.simulator.webhooks import challenge_response, signature
from connectors.sdk import LinkCard, MediaKind
from connectors.sdk.testing.simulator import Simulator, running

from .desk import BASIC, FILES, PAGE, REDIRECT_URI, VETTED, open_desk

ENCODED_PAGE = "urn%3Ali%3Aorganization%3A99"
SHARES = "/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity="
DAY_MS = 86_400_000
#: 2026-03-01 to 2026-03-03 in UTC.
TWO_DAYS = "timeIntervals=(timeRange:(start:1772323200000,end:1772496000000),timeGranularityType:DAY)"


def post(author: str, /, **changes) -> dict:
    body = {
        "author": author,
        "commentary": "x",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED"},
        "lifecycleState": "PUBLISHED",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


class TestCalls:
    async def test_four_states_of_a_token_have_four_messages(self):
        async with open_desk() as desk:
            noa, _ = await desk.sign_in("Noa")
            dan, _ = await desk.sign_in("Dan")
            await desk.control("tokens/revoke", member_name="Dan")
            seen = [
                (await noa.raw("GET", "/v2/userinfo", headers={"Authorization": None})).json(),
                (await noa.raw("GET", "/v2/userinfo", headers={"Authorization": "Bearer what"})).json(),
                (await dan.raw("GET", "/v2/userinfo")).json(),
            ]
            desk.advance(60 * 86400 + 1)
            seen.append((await noa.raw("GET", "/v2/userinfo")).json())
        assert [one["status"] for one in seen] == [401] * 4
        assert [one["message"] for one in seen] == [
            "Empty oauth2_access_token",
            "Invalid access token",
            "The token used in the request has been revoked by the user",
            "The token used in the request has expired",
        ]

    @pytest.mark.parametrize(("version", "code"), [(None, "VERSION_MISSING"), ("202511", "NONEXISTENT_VERSION")])
    async def test_rest_calls_need_a_version_that_lives_and_others_none(self, version: str | None, code: str):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            headers = {"LinkedIn-Version": version}
            answer = await desk.raw("POST", "/rest/posts", json=post(author.external_id), headers=headers)
            assert answer.json()["code"] == code
            assert (await desk.raw("GET", "/v2/userinfo", headers=headers)).status_code == 200

    async def test_what_userinfo_says_depends_on_the_scopes(self):
        async with open_desk() as desk:
            bare, _ = await desk.sign_in("Noa Levi", scopes="openid")
            assert set((await bare.raw("GET", "/v2/userinfo")).json()) == {"sub"}
            full, _ = await desk.sign_in("Noa Levi", scopes=BASIC + " email")
            claims = (await full.raw("GET", "/v2/userinfo")).json()
            assert (claims["given_name"], claims["family_name"]) == ("Noa", "Levi")
            assert claims["email"]

    @pytest.mark.parametrize("missing", ["grant_type", "code", "redirect_uri", "client_id", "client_secret"])
    async def test_a_missing_field_of_the_token_form_is_named(self, missing: str):
        async with open_desk() as desk:
            form = {"grant_type": "authorization_code", "code": "c", "redirect_uri": REDIRECT_URI}
            form |= {"client_id": "demo-client", "client_secret": "demo-secret"}
            del form[missing]
            answer = await desk.http.post(f"{desk.urls['oauth']}/oauth/v2/accessToken", data=form)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
            assert answer.json()["error_description"] == f'A required parameter "{missing}" is missing'


class TestPosts:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"commentary": None}, "MISSING_FIELD"),
            ({"distribution": None}, "MISSING_FIELD"),
            ({"author": "urn:li:organization:1"}, "INVALID_URN_TYPE"),
            ({"author": "urn:li:person:a b"}, "INVALID_URN_ID"),
            ({"author": "urn:li:person:somebody"}, "ACCESS_DENIED"),
            ({"commentary": " "}, "INVALID_VALUE_BLANK_FIELD"),
            ({"commentary": "a" * 3001}, "FIELD_LENGTH_TOO_LONG"),
            ({"visibility": "FRIENDS"}, "INVALID_VALUE_FOR_FIELD"),
            ({"lifecycleState": "DRAFT"}, "INVALID_VALUE_FOR_FIELD"),
            ({"distribution": {"feedDistribution": "ALL"}}, "INVALID_VALUE_FOR_FIELD"),
            ({"content": {}}, "INVALID_VALUE_FOR_FIELD"),
            ({"content": {"article": {}, "media": {}}}, "INVALID_VALUE_FOR_FIELD"),
            ({"content": {"article": {"source": "https://a.example"}}}, "MISSING_FIELD"),
            ({"content": {"media": {"id": "urn:li:document:D4"}}}, "MISSING_FIELD"),
            ({"content": {"media": {"id": "urn:li:person:D4"}}}, "INVALID_URN_TYPE"),
            ({"content": {"media": {"id": "urn:li:image:C4"}}}, "INVALID_URN_ID"),
            ({"content": {"media": {"id": "urn:li:image:C4", "altText": "a" * 4087}}}, "FIELD_LENGTH_TOO_LONG"),
            ({"content": {"multiImage": {"images": [{"id": "urn:li:image:C4"}]}}}, "INVALID_VALUE_FOR_FIELD"),
            ({"content": {"multiImage": {"images": [{"id": "urn:li:video:C5"}] * 2}}}, "INVALID_URN_TYPE"),
            ({"reshareContext": {"parent": "urn:li:activity:7"}}, "INVALID_URN_TYPE"),
            ({"reshareContext": {"parent": "urn:li:share:7"}}, "NOT_FOUND"),
            ({"reshareContext": {"parent": "urn:li:share:7"}, "content": {}}, "INVALID_VALUE_FOR_FIELD"),
        ],
    )
    async def test_a_post_is_refused_with_linkedins_code(self, changes: dict, code: str):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            answer = await desk.raw("POST", "/rest/posts", json=post(author.external_id, **changes))
            assert answer.json()["code"] == code
            assert await desk.posts() == []

    @pytest.mark.parametrize(
        ("options", "duration", "status"),
        [
            (["a", "b"], "THREE_DAYS", 201),
            (["a"], "ONE_DAY", 400),
            (["a"] * 5, "ONE_DAY", 400),
            (["a", "b" * 31], "ONE_DAY", 400),
            (["a", "b"], "TWO_DAYS", 400),
        ],
    )
    async def test_a_poll_has_two_to_four_short_options(self, options: list[str], duration: str, status: int):
        poll = {"question": "Q?", "options": [{"text": text} for text in options], "settings": {"duration": duration}}
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            body = post(author.external_id, content={"poll": poll})
            assert (await desk.raw("POST", "/rest/posts", json=body)).status_code == status

    async def test_an_edit_sets_four_fields_and_names_its_method(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "before")
            path = f"/rest/posts/{published.external_id.replace(':', '%3A')}"
            method = {"X-RestLi-Method": "PARTIAL_UPDATE"}
            patch = {"patch": {"$set": {"commentary": "after"}}}
            assert (await desk.raw("POST", path, json=patch)).status_code == 400
            wrong = {"patch": {"$set": {"visibility": "CONNECTIONS"}}}
            assert (await desk.raw("POST", path, json=wrong, headers=method)).status_code == 400
            assert (await desk.raw("POST", path, json=patch, headers=method)).status_code == 204
            assert (await desk.posts())[0]["text"] == "after"
            dan, _ = await desk.sign_in("Dan")
            assert (await dan.raw("POST", path, json=patch, headers=method)).status_code == 403

    async def test_a_delete_is_204_however_often_and_wants_its_key_encoded(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            published = await desk.publish(author, "x")
            path = f"/rest/posts/{published.external_id.replace(':', '%3A')}"
            for _ in range(2):
                assert (await desk.raw("DELETE", path)).status_code == 204
            assert (await desk.raw("DELETE", f"/rest/posts/{published.external_id}")).status_code == 400
            assert (await desk.raw("DELETE", path, headers={"X-Restli-Protocol-Version": None})).status_code == 400

    async def test_an_article_is_stored_as_it_was_sent_and_nothing_is_fetched(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.publish(author, "x", link=LinkCard(url="https://go.example/l/abc", title="T"))
            assert (await desk.posts())[0]["article"] == {"source": "https://go.example/l/abc", "title": "T"}

    async def test_the_feed_shows_files_and_comments_by_their_words(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            image = await desk.upload(author, MediaKind.IMAGE, alt_text="<b>תרשים</b>")
            published = await desk.publish(author, "x", media=(image,))
            await desk.comment(author, published.external_id, "first <i>")
            page = (await desk.http.get(desk.urls["api"] + "/")).text
        assert "[image] &lt;b&gt;תרשים&lt;/b&gt;" in page
        assert "Noa: first &lt;i&gt;" in page


class TestFiles:
    async def test_an_upload_address_ends(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            asked = {"initializeUploadRequest": {"owner": author.external_id}}
            value = (await desk.raw("POST", "/rest/images?action=initializeUpload", json=asked)).json()["value"]
            assert value["uploadUrlExpiresAt"] == 1773135000000 + DAY_MS
            desk.advance(86401)
            path = value["uploadUrl"].removeprefix(desk.urls["api"])
            answer = await desk.raw("PUT", path, content=FILES[MediaKind.IMAGE])
            assert (answer.status_code, answer.json()["code"]) == (400, "EXPIRED_UPLOAD_URL")

    async def test_parts_of_a_video_are_counted_and_named_in_order(self):
        data = FILES[MediaKind.VIDEO].ljust(4_194_305, b"\2")
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            asked = {"initializeUploadRequest": {"owner": author.external_id, "fileSizeBytes": len(data)}}
            value = (await desk.raw("POST", "/rest/videos?action=initializeUpload", json=asked)).json()["value"]
            ranges = [(part["firstByte"], part["lastByte"]) for part in value["uploadInstructions"]]
            assert ranges == [(0, 4_194_303), (4_194_304, 4_194_304)]
            etags = []
            for part in value["uploadInstructions"]:
                content = data[part["firstByte"] : part["lastByte"] + 1]
                headers = {"Content-Type": "application/octet-stream"}
                short = await desk.http.put(part["uploadUrl"], content=content + b"x", headers=headers)
                assert short.status_code == 400
                answer = await desk.http.put(part["uploadUrl"], content=content, headers=headers)
                etags.append(answer.headers["etag"])
            finish = {"video": value["video"], "uploadToken": value["uploadToken"]}
            look = f"/rest/videos/{value['video'].replace(':', '%3A')}"
            for ids, status in ((etags[::-1], 400), (etags[:1], 400), (etags, 200)):
                assert (await desk.raw("GET", look)).json()["status"] == "WAITING_UPLOAD"
                body = {"finalizeUploadRequest": {**finish, "uploadedPartIds": ids}}
                answer = await desk.raw("POST", "/rest/videos?action=finalizeUpload", json=body)
                assert answer.status_code == status
            assert (await desk.raw("GET", look)).json()["status"] == "AVAILABLE"

    async def test_a_post_with_a_file_that_was_never_sent_is_told_to_wait(self):
        async with open_desk() as desk:
            desk, author = await desk.sign_in("Noa")
            asked = {"initializeUploadRequest": {"owner": author.external_id}}
            value = (await desk.raw("POST", "/rest/images?action=initializeUpload", json=asked)).json()["value"]
            body = post(author.external_id, content={"media": {"id": value["image"]}})
            answer = await desk.raw("POST", "/rest/posts", json=body)
            assert (answer.status_code, answer.json()["code"]) == (400, "MEDIA_ASSET_WAITING_UPLOAD")


class TestNumbers:
    PATH = "/rest/memberCreatorPostAnalytics?q=me&queryType="
    RANGE = "&dateRange=(start:(year:2026,month:3,day:1),end:(year:2026,month:3,day:11))"

    async def test_my_numbers_come_by_day_only_where_linkedin_has_days(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            await desk.publish(author, "x")
            daily = await desk.raw("GET", f"{self.PATH}REACTION&aggregation=DAILY{self.RANGE}")
            (element,) = daily.json()["elements"]
            assert element["dateRange"]["start"] == {"year": 2026, "month": 3, "day": 10}
            total = await desk.raw("GET", f"{self.PATH}MEMBERS_REACHED&aggregation=TOTAL")
            assert total.status_code == 200
            refused = await desk.raw("GET", f"{self.PATH}MEMBERS_REACHED&aggregation=DAILY{self.RANGE}")
            assert refused.status_code == 400

    async def test_one_post_has_no_days_and_late_metrics_need_a_late_version(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, author = await desk.sign_in("Noa")
            urn = (await desk.publish(author, "x")).external_id.replace(":", "%3A")
            path = f"/rest/memberCreatorPostAnalytics?q=entity&entity=(share:{urn})"
            assert (await desk.raw("GET", f"{path}&queryType=REACTION&aggregation=DAILY")).status_code == 400
            assert (await desk.raw("GET", f"{path}&queryType=POST_SAVE")).status_code == 200
            early = await desk.raw("GET", f"{path}&queryType=POST_SAVE", headers={"LinkedIn-Version": "202603"})
            assert early.status_code == 400

    @pytest.mark.parametrize(
        "query",
        [
            f"{ENCODED_PAGE}&{TWO_DAYS}".replace("(", "%28"),
            f"{PAGE}&{TWO_DAYS}",
            f"{ENCODED_PAGE}&timeIntervals=(timeGranularityType:DAY)",
            f"{ENCODED_PAGE}&shares=List({PAGE})",
        ],
    )
    async def test_page_numbers_are_asked_in_strict_syntax(self, query: str):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            assert (await desk.raw("GET", f"{SHARES}{ENCODED_PAGE}&{TWO_DAYS}")).status_code == 200
            assert (await desk.raw("GET", SHARES + query)).status_code == 400

    async def test_posts_without_activity_are_left_out_silently(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            seen = (await desk.control("page_posts", organization=PAGE, text="a", impressions=70))["external_id"]
            unseen = (await desk.control("page_posts", organization=PAGE, text="b"))["external_id"]
            listed = ",".join(urn.replace(":", "%3A") for urn in (seen, unseen))
            answer = await desk.raw("GET", f"{SHARES}{ENCODED_PAGE}&shares=List({listed})")
            (element,) = answer.json()["elements"]
            assert element["share"] == seen
            assert element["totalShareStatistics"]["impressionCount"] == 70

    async def test_numbers_of_all_time_have_no_days(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            (posts,) = (await desk.raw("GET", SHARES + ENCODED_PAGE)).json()["elements"]
            assert posts["totalShareStatistics"]["impressionCount"] > 300
            path = "/rest/organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity="
            (facets,) = (await desk.raw("GET", path + ENCODED_PAGE)).json()["elements"]
            assert "followerCountsBySeniority" in facets

    async def test_what_is_older_than_twelve_months_is_left_out(self):
        async with open_desk(profile=Profile.PARTNER, scopes=VETTED) as desk:
            desk, _ = await desk.sign_in("Noa")
            old = "timeIntervals=(timeRange:(start:1735689600000,end:1772496000000),timeGranularityType:DAY)"
            elements = (await desk.raw("GET", f"{SHARES}{ENCODED_PAGE}&{old}")).json()["elements"]
            assert len(elements) == 358
            assert elements[0]["timeRange"]["start"] == 1741564800000

    def test_each_goal_feed_is_read_from_somewhere(self):
        declared = {feed.name for feed in MANIFEST.goal_feeds}
        assert declared == {feeds.FOLLOWERS, *feeds.STATISTICS}


class Listener(Simulator):
    """An endpoint of somebody who wants to be told, on a host of its own."""

    def hosts(self) -> tuple[str, ...]:
        return ("hook",)

    def reset(self) -> None:
        self.secret = "demo-secret"
        self.got: list[tuple[str, bytes]] = []

    def apply(self, event: dict) -> None:
        raise NotImplementedError

    def state(self) -> dict[str, object]:
        return {}

    def routes(self, host: str) -> Sequence[BaseRoute]:
        return [Route("/hook", self._answer, methods=["GET", "POST"])]

    async def _answer(self, request: Request) -> Response:
        if request.method == "POST":
            self.got.append((request.headers["x-li-signature"], await request.body()))
            return Response(status_code=200)
        code = request.query_params["challengeCode"]
        return JSONResponse({"challengeCode": code, "challengeResponse": challenge_response(self.secret, code)})


class TestWebhooks:
    async def test_notifications_come_signed_in_tens_and_sometimes_twice(self):
        listener = Listener()
        async with open_desk() as desk, running(listener) as urls:
            await desk.control("webhooks", url=urls["hook"] + "/hook")
            posts = [f"urn:li:share:{number}" for number in range(12)]
            told = await desk.control("webhooks/deliver", posts=posts, twice=True)
            assert told["statuses"] == [200] * 4
        batches = [_read(body) for _, body in listener.got]
        assert [len(batch) for batch in batches] == [10, 10, 2, 2]
        assert batches[0] == batches[1]
        assert len({one["notificationId"] for batch in batches for one in batch}) == 12
        assert all(given == signature("demo-secret", body) for given, body in listener.got)

    async def test_who_does_not_pass_the_challenge_is_not_told_and_three_failures_block(self):
        listener = Listener()
        async with open_desk() as desk, running(listener) as urls:
            url = f"{desk.urls['api']}/_sim/webhooks"
            listener.secret = "another"
            assert (await desk.http.post(url, json={"url": urls["hook"] + "/hook"})).status_code == 400
            listener.secret = "demo-secret"
            await desk.control("webhooks", url=urls["hook"] + "/hook")
            listener.secret = "another"
            seen = [(await desk.control("webhooks/check"))["is_blocked"] for _ in range(3)]
            assert seen == [False, False, True]
            assert (await desk.http.post(f"{url}/deliver", json={"posts": ["urn:li:share:1"]})).status_code == 409


def _read(body: bytes) -> list[dict]:
    return json.loads(body)["notifications"]
