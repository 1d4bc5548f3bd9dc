"""Our models to LinkedIn's payloads and back: what people see must be what was approved."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.linkedin import feeds, mapping, uploads
from connectors.linkedin.errors import comment_error_for, error_for, retry_at, upload_error_for
from connectors.linkedin.simulator.little_text import visible_text
from connectors.sdk import (
    Account,
    Answer,
    ConfigurationInvalid,
    Credentials,
    LinkCard,
    MediaKind,
    OutcomeUnknown,
    ProtocolViolation,
    PublishRequest,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    Secret,
    UploadedMedia,
    VendorUnavailable,
)

from .desk import FILES, PAGE, file

PAYLOADS = Path(__file__).parent / "payloads"
AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
AUTHOR = Account(external_id="urn:li:person:abc", display_name="Noa")


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def answer(status: int, body: bytes | dict = b"", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=data)


class TestEscaping:
    @pytest.mark.parametrize("char", list("\\|{}@[]()<>#*_~"))
    def test_each_of_the_fifteen_reserved_characters_is_escaped(self, char: str):
        assert mapping.escape_commentary(f"a {char} b") == f"a \\{char} b"

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("We hire (hybrid) #jobs", "We hire \\(hybrid\\) #jobs"),
            ("#jobs first", "#jobs first"),
            ("#data_driven", "#data\\_driven"),
            ("(#jobs)", "\\(#jobs\\)"),
            ("אנחנו מגייסים #משרות!", "אנחנו מגייסים #משרות!"),
            ("#2026goals", "#2026goals"),
        ],
    )
    def test_a_hashtag_stays_a_hashtag(self, text: str, written: str):
        assert mapping.escape_commentary(text) == written

    @pytest.mark.parametrize(
        "text", ["C# rocks", "we are #1", "# heading", "##x", "https://a.b/#c", "#️⃣", "&#x27;", "#"]
    )
    def test_what_people_do_not_take_for_a_hashtag_is_plain_text(self, text: str):
        assert "\\#" in mapping.escape_commentary(text)
        assert visible_text(mapping.escape_commentary(text)) == text

    @pytest.mark.parametrize(
        "text",
        [
            "שלום [עולם] (היברידי) 👩‍💻 #משרות_חמות * _קו_ ~ <b> {x} @noa | \\ סוף",
            "Line one\n\nLine two\twith (tab)",
            "👍🏽 #️⃣ *️⃣ 🇮🇱 \u202bעברית\u202c",
            "@[Noa](urn:li:person:abc) {hashtag|\\#|x}",
            "\\",
            "#שָׁלוֹם",
        ],
    )
    def test_people_see_what_was_approved(self, text: str):
        assert visible_text(mapping.escape_commentary(text)) == text

    @given(
        st.text(alphabet=st.one_of(st.sampled_from("#_\\*()[]{}<>@|~ aא1\n"), st.characters(exclude_categories=["Cs"])))
    )
    def test_people_see_what_was_approved_whatever_it_is(self, text: str):
        assert visible_text(mapping.escape_commentary(text)) == text


class TestPostBody:
    def test_a_text_goes_out_for_the_author_to_everybody(self):
        body = mapping.post_body(PublishRequest(text="Hi (you)", author=AUTHOR, idempotency_key="k"))
        assert body == {
            "author": "urn:li:person:abc",
            "commentary": "Hi \\(you\\)",
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }

    def test_a_link_becomes_an_article_with_its_words_unescaped(self):
        link = LinkCard(url="https://go.example/l/a_b?x=(1)", title="A [title]", description="D_d")
        body = mapping.post_body(PublishRequest(text="x", author=AUTHOR, idempotency_key="k", link=link))
        assert body["content"] == {
            "article": {"source": "https://go.example/l/a_b?x=(1)", "title": "A [title]", "description": "D_d"}
        }

    def test_half_of_a_character_is_refused_before_any_call(self):
        with pytest.raises(Rejected) as caught:
            mapping.post_body(PublishRequest(text="a\ud83d", author=AUTHOR, idempotency_key="k"))
        assert caught.value.code == "text_not_sendable"

    def test_half_of_a_character_in_a_picture_s_words_is_refused_too(self):
        image = UploadedMedia("urn:li:image:C4", MediaKind.IMAGE, alt_text="a\udc00")
        with pytest.raises(Rejected) as caught:
            mapping.post_body(PublishRequest(text="a", author=AUTHOR, idempotency_key="k", media=(image,)))
        assert caught.value.code == "text_not_sendable"

    def test_a_video_has_its_title_or_none(self):
        for title, content in (("Clip", {"id": "urn:li:video:C5", "title": "Clip"}), (None, {"id": "urn:li:video:C5"})):
            video = UploadedMedia("urn:li:video:C5", MediaKind.VIDEO, title=title)
            body = mapping.post_body(PublishRequest(text="a", author=AUTHOR, idempotency_key="k", media=(video,)))
            assert body["content"] == {"media": content}

    def test_a_reshare_names_its_parent_and_has_no_content(self):
        request = PublishRequest(text="a", author=AUTHOR, idempotency_key="k", reshare_of="urn:li:ugcPost:7")
        body = mapping.post_body(request)
        assert body["reshareContext"] == {"parent": "urn:li:ugcPost:7"}
        assert "content" not in body


class TestComments:
    def test_a_comment_goes_out_as_it_is(self):
        body = mapping.comment_body("urn:li:share:7", author=AUTHOR, text="Proud (really) #jobs")
        assert body == {
            "actor": "urn:li:person:abc",
            "object": "urn:li:share:7",
            "message": {"text": "Proud (really) #jobs"},
        }

    @pytest.mark.parametrize("value", ["7391", " 7391 ", "urn:li:comment:(urn:li:activity:7,7391)"])
    def test_an_id_of_a_comment_is_a_number_or_a_urn(self, value: str):
        assert mapping.comment_id(value) == value.strip()

    @pytest.mark.parametrize("value", ["", "urn:li:share:7", "x", None, 7])
    def test_what_is_no_id_of_a_comment_is_none(self, value: object):
        assert mapping.comment_id(value) is None


class TestUploads:
    VIDEO = file(MediaKind.VIDEO)

    def instructions(self, *ranges: tuple[object, object]) -> dict:
        given = [{"uploadUrl": "https://h/p", "firstByte": first, "lastByte": last} for first, last in ranges]
        return {"value": {"video": "urn:li:video:C5", "uploadToken": "t", "uploadInstructions": given}}

    def test_a_place_for_a_video_names_its_parts(self):
        slot = uploads.read_slot(self.instructions((0, 69_999), (70_000, 74_999)), self.VIDEO)
        assert [(part.first, part.last) for part in slot.parts] == [(0, 69_999), (70_000, 74_999)]
        assert "https://h/p" not in repr(slot)

    @pytest.mark.parametrize(
        "ranges",
        [
            [],
            [(0, 74_998)],
            [(0, 75_000)],
            [(1, 74_999)],
            [(0, 9), (11, 74_999)],
            [(0, 9), (9, 74_999)],
            [("0", 74_999)],
            [(0, -1), (0, 74_999)],
            [(False, 74_999)],
        ],
    )
    def test_parts_that_are_not_the_whole_file_are_not_sent(self, ranges: list):
        with pytest.raises(ProtocolViolation):
            uploads.read_slot(self.instructions(*ranges), self.VIDEO)

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"value": []},
            {"value": {"uploadUrl": "https://h/p"}},
            {"value": {"uploadUrl": "https://h/p", "image": "urn:li:video:C5"}},
            {"value": {"uploadUrl": "https://h/ p", "image": "urn:li:image:C4"}},
            {"value": {"uploadUrl": None, "image": "urn:li:image:C4"}},
        ],
    )
    def test_an_answer_that_we_cannot_read_is_no_place(self, answer: dict):
        with pytest.raises(ProtocolViolation):
            uploads.read_slot(answer, file(MediaKind.IMAGE))

    def test_files_go_to_the_two_addresses_and_the_hosts_of_the_setting(self):
        ours, hosts = ("http://127.0.0.1:8391", "https://www.linkedin.com"), ("Upload.example",)
        for address in ("http://127.0.0.1:8391/x?y", "https://www.linkedin.com/x", "https://upload.example/x"):
            uploads.require_known_host(address, ours=ours, hosts=hosts)
        for address in (
            "http://127.0.0.1:1/x",
            "http://upload.example/x",
            "https://a@www.linkedin.com/x",
            "https://[/x",
        ):
            with pytest.raises(ProtocolViolation):
                uploads.require_known_host(address, ours=ours, hosts=hosts)

    @pytest.mark.parametrize(
        ("address", "target"),
        [("https://h/a/../b?x=%2b~", b"/a/../b?x=%2b~"), ("https://h?x", b""), ("h", b"")],
    )
    def test_what_goes_onto_the_wire_is_all_behind_the_host(self, address: str, target: bytes):
        assert uploads.target(address) == target

    def test_a_file_that_is_too_large_is_refused_before_any_call(self):
        too_large = file(MediaKind.DOCUMENT, FILES[MediaKind.DOCUMENT].ljust(100_000_001, b" "))
        with pytest.raises(Rejected) as caught:
            uploads.require_accepted(too_large)
        assert caught.value.code == "media_not_accepted"
        assert "100,000,000" in caught.value.message

    def test_a_state_that_nobody_knows_is_not_taken_for_ready(self):
        with pytest.raises(ProtocolViolation):
            uploads.read_state({"status": "READY"})


class TestFeeds:
    def test_the_query_keeps_its_parentheses_and_ends_after_the_last_day(self):
        query = feeds.query("organizationPageStatistics", PAGE, date(2026, 3, 1), date(2026, 3, 2))
        assert query == (
            "q=organization&organization=urn%3Ali%3Aorganization%3A99"
            "&timeIntervals=(timeRange:(start:1772323200000,end:1772496000000),timeGranularityType:DAY)"
        )

    @pytest.mark.parametrize("answer", [{}, {"elements": 1}, {"elements": [1]}])
    def test_an_answer_without_elements_is_no_number(self, answer: dict):
        with pytest.raises(ProtocolViolation):
            feeds.elements(answer)

    @pytest.mark.parametrize("span", [None, {}, {"start": "1"}, {"start": True}, {"start": 10**20}])
    def test_an_element_that_names_no_day_is_no_number(self, span: object):
        with pytest.raises(ProtocolViolation):
            feeds.day_of({"timeRange": span})

    @pytest.mark.parametrize("value", ["1", 1.5, True, -1])
    def test_a_count_that_is_none_is_not_guessed(self, value: object):
        with pytest.raises(ProtocolViolation):
            feeds.STATISTICS["page_post_clicks"].read({"totalShareStatistics": {"clickCount": value}})

    def test_new_followers_are_those_who_came_by_themselves_and_by_advertising(self):
        read = feeds.STATISTICS["page_followers_gained"].read
        assert read({"followerGains": {"organicFollowerGain": 3, "paidFollowerGain": 2}}) == 5
        assert read({"followerGains": {"organicFollowerGains": -1}}) == -1
        assert read({"followerGains": {}}) is None
        assert read({}) is None


class TestAnalytics:
    def test_the_query_keeps_its_parentheses_and_encodes_the_urn(self):
        assert mapping.analytics_query("urn:li:ugcPost:7", "REACTION") == (
            "q=entity&entity=(ugc:urn%3Ali%3AugcPost%3A7)&queryType=REACTION&aggregation=TOTAL"
        )

    @pytest.mark.parametrize(
        "urn", ["", "7", "urn:li:person:7", "urn:li:activity:7", "a:b:share:c", "urn:li:share:7:8"]
    )
    def test_what_is_no_post_is_refused_before_any_call(self, urn: str):
        with pytest.raises(Rejected):
            mapping.analytics_query(urn, "REACTION")

    @pytest.mark.parametrize("name", ["analytics_string", "analytics_object"])
    def test_both_shapes_of_the_metric_type_are_read(self, name: str):
        assert mapping.metric_count(json.loads(payload(name)), "IMPRESSION") == 1204

    def test_no_elements_is_no_data_and_not_zero(self):
        assert mapping.metric_count({"elements": []}, "IMPRESSION") is None

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"elements": {}},
            {"elements": [1]},
            {"elements": [{"count": 1, "metricType": "REACTION"}]},
            {"elements": [{"count": "1", "metricType": "IMPRESSION"}]},
            {"elements": [{"count": -1, "metricType": "IMPRESSION"}]},
            {"elements": [{"count": True, "metricType": "IMPRESSION"}]},
        ],
    )
    def test_an_answer_that_we_cannot_read_is_no_number(self, body: dict):
        with pytest.raises(ProtocolViolation):
            mapping.metric_count(body, "IMPRESSION")


class TestCredentials:
    TOKEN = {"access_token": "AQV", "expires_in": 5184000, "scope": "openid,profile w_member_social"}  # noqa: RUF012

    def test_scopes_are_read_with_spaces_and_with_commas(self):
        assert mapping.credentials(self.TOKEN, now=AT).scopes == {"openid", "profile", "w_member_social"}

    def test_the_end_is_counted_from_our_clock(self):
        assert mapping.credentials(self.TOKEN, now=AT).expires_at == AT + timedelta(days=60)

    def test_a_refresh_without_a_refresh_token_keeps_the_stored_one(self):
        kept = Credentials(
            access_token=Secret("a"), refresh_token=Secret("r"), refresh_expires_at=AT, scopes=frozenset({"openid"})
        )
        fresh = mapping.credentials({"access_token": "b", "expires_in": 60}, now=AT, kept_refresh=kept)
        assert fresh.refresh_token == Secret("r")
        assert fresh.refresh_expires_at == AT
        assert fresh.scopes == {"openid"}

    @pytest.mark.parametrize(
        "change",
        [
            {"expires_in": 86400 * 401},
            {"expires_in": 0},
            {"expires_in": "x"},
            {"access_token": ""},
            {"access_token": "a\r\nb"},
        ],
    )
    def test_an_answer_that_cannot_be_true_is_not_stored(self, change: dict):
        with pytest.raises(ProtocolViolation):
            mapping.credentials({**self.TOKEN, **change}, now=AT)

    def test_without_the_profile_scope_there_is_still_an_account(self):
        assert mapping.account({"sub": "x"}).external_id == "urn:li:person:x"
        assert mapping.account({"sub": "x", "given_name": "נועה", "family_name": "לוי"}).display_name == "נועה לוי"
        with pytest.raises(ProtocolViolation):
            mapping.account({"name": "Noa"})


class TestErrorTable:
    @pytest.mark.parametrize(
        ("status", "body", "expected"),
        [
            (400, {"code": "MISSING_FIELD", "message": "m"}, Rejected),
            (400, {"code": "VERSION_MISSING", "message": "m"}, ConfigurationInvalid),
            (401, payload("expired_token"), ReauthRequired),
            (401, b"", ReauthRequired),
            (403, {"code": "ACCESS_DENIED"}, ScopeMissing),
            (404, b"<html>", ConfigurationInvalid),
            (422, {"message": "no"}, Rejected),
            (426, payload("nonexistent_version"), ConfigurationInvalid),
            (429, b"", RateLimited),
        ],
    )
    @pytest.mark.parametrize("visible", [True, False])
    def test_a_documented_refusal_is_the_same_for_all_calls(self, status, body, expected, visible):
        assert type(error_for(answer(status, body), now=AT, visible=visible)) is expected

    @pytest.mark.parametrize("code", ["MEDIA_ASSET_WAITING_UPLOAD", "MEDIA_ASSET_PROCESSING"])
    def test_a_post_with_a_file_that_is_not_ready_was_not_made(self, code: str):
        assert type(error_for(answer(400, {"code": code}), now=AT, visible=True)) is VendorUnavailable

    @pytest.mark.parametrize(
        ("status", "body", "expected"),
        [
            (400, {"code": "EXPIRED_UPLOAD_URL"}, VendorUnavailable),
            (400, {"code": "VERSION_MISSING"}, ConfigurationInvalid),
            (400, {"code": "INVALID_VALUE_FOR_FIELD"}, Rejected),
            (413, b"", Rejected),
            (401, b"", ReauthRequired),
            (403, b"", ScopeMissing),
            (429, b"", RateLimited),
            (503, b"", VendorUnavailable),
            (302, b"", ProtocolViolation),
        ],
    )
    def test_a_file_that_was_not_taken(self, status: int, body, expected: type):
        assert type(upload_error_for(answer(status, body), now=AT)) is expected

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(403, ScopeMissing), (404, Rejected), (409, OutcomeUnknown), (500, OutcomeUnknown), (422, Rejected)],
    )
    def test_a_comment_that_was_not_taken(self, status: int, expected: type):
        assert type(comment_error_for(answer(status), now=AT)) is expected

    def test_a_comment_waits_a_minute_unless_the_day_is_used_up(self):
        day = {"message": "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."}
        waits = [comment_error_for(answer(429, body), now=AT).retry_at for body in ({}, day)]
        assert waits == [AT + timedelta(minutes=1), datetime(2026, 3, 11, tzinfo=UTC)]

    @pytest.mark.parametrize("status", [201, 302, 405, 408, 409, 410, 418, 500, 502, 503, 504])
    def test_everything_else_leaves_a_publication_open(self, status: int):
        assert type(error_for(answer(status), now=AT, visible=True)) is OutcomeUnknown

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(302, ProtocolViolation), (405, ProtocolViolation), (408, VendorUnavailable), (503, VendorUnavailable)],
    )
    def test_and_is_repeatable_or_ours_for_a_read(self, status: int, expected: type):
        assert type(error_for(answer(status), now=AT, visible=False)) is expected

    def test_a_duplicate_gives_the_named_post_as_a_hint(self):
        error = error_for(answer(422, payload("duplicate_post")), now=AT, visible=True)
        assert isinstance(error, Rejected)
        assert (error.code, error.hint_external_id) == ("duplicate_post", "urn:li:share:7390000000000000042")

    def test_a_duplicate_is_known_by_its_words_where_the_code_is_missing(self):
        error = error_for(answer(422, {"message": "x is a duplicate of urn:li:ugcPost:7"}), now=AT, visible=True)
        assert isinstance(error, Rejected)
        assert error.hint_external_id == "urn:li:ugcPost:7"

    def test_the_vendors_words_reach_the_author_without_the_token(self):
        body = {"code": "FIELD_LENGTH_TOO_LONG", "message": "too\nlong canary-token " + "x" * 999}
        error = error_for(answer(400, body), now=AT, visible=True, hide=Secret("canary-token"))
        assert isinstance(error, Rejected)
        assert error.code == "field_length_too_long"
        assert error.message.startswith("too long … x")
        assert len(error.message) <= 300

    def test_a_limit_without_retry_after_ends_at_midnight_utc(self):
        assert retry_at(answer(429), now=AT) == datetime(2026, 3, 11, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("90", AT + timedelta(seconds=90)),
            ("Tue, 10 Mar 2026 10:00:00 GMT", datetime(2026, 3, 10, 10, tzinfo=UTC)),
            ("99999999999", datetime(2026, 3, 11, tzinfo=UTC)),
            ("soon", datetime(2026, 3, 11, tzinfo=UTC)),
            ("-5", datetime(2026, 3, 11, tzinfo=UTC)),
        ],
    )
    def test_retry_after_wins_where_it_makes_sense(self, value: str, expected: datetime):
        assert retry_at(answer(429, retry_after=value), now=AT) == expected

    @pytest.mark.parametrize("version", ["", "2026", "2026-09", "20260\uff19", "202609x"])
    def test_a_version_that_is_none_is_the_administrators_to_fix(self, version: str):
        with pytest.raises(ConfigurationInvalid):
            mapping.require_version(version)


class TestVisibleText:
    @pytest.mark.parametrize(
        ("commentary", "seen"),
        [
            ("with @[Noa Levi](urn:li:person:abc) and {hashtag|\\#|jobs}", "with Noa Levi and #jobs"),
            ("all @[Acme \\(IL\\)](urn:li:organization:7)!", "all Acme (IL)!"),
            ("cut * here", "cut "),
            ("cut @noa", "cut "),
            ("cut # here", "cut "),
            ("cut \\n here", "cut "),
            ("#a_b", "#a"),
        ],
    )
    def test_the_simulator_shows_markup_and_cuts_at_the_first_unescaped_character(self, commentary: str, seen: str):
        assert visible_text(commentary) == seen
