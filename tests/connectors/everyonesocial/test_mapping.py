"""Our models to EveryoneSocial's payloads and back."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from connectors.everyonesocial import files, mapping
from connectors.everyonesocial.errors import error_for, retry_at
from connectors.sdk import (
    Answer,
    ConfigurationInvalid,
    ContentState,
    Context,
    Metric,
    OutcomeUnknown,
    PlatformContent,
    ProtocolViolation,
    RateLimited,
    Rejected,
    Suggestion,
    VendorUnavailable,
    build_client,
)

AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
CONTENT = PlatformContent(
    key="k",
    title="Title",
    why_share="Why",
    url="https://go.example/l/1",
    suggestions=(Suggestion("linkedin", "en", "Words"), Suggestion("x", "en", "Short")),
    destination_id="g",
    disclosure="I work here",
)


def context(**settings: str) -> Context:
    return Context(http=build_client(), settings=settings, clock=lambda: AT)


def answer(status: int, body: object = b"", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=data)


class TestContent:
    def test_a_disclosure_of_one_network_is_merged_into_the_texts_of_the_others(self):
        body = mapping.content_body(CONTENT, disclosure_ids={"linkedin": "d-1"})
        assert body["share_commentary"] == [
            {"network": "linkedin", "commentary": "Words"},
            {"network": "twitter", "commentary": "Short\n\nI work here"},
        ]
        assert body["body"] == "Why"

    def test_a_disclosure_without_any_text_stands_in_the_introduction(self):
        content = replace(CONTENT, suggestions=(Suggestion("mastodon", "en", "Words"),))
        body = mapping.content_body(content, disclosure_ids={})
        assert body["body"] == "Why\n\nI work here"
        assert "share_commentary" not in body
        assert mapping.preview(content).fields["body"] == body["body"]

    @pytest.mark.parametrize(
        ("item", "networks"),
        [
            ({"id": "d", "text": "I work here"}, {"linkedin", "twitter"}),
            ({"disclosure_id": "d", "disclosure": " I work here\n"}, {"linkedin", "twitter"}),
            ({"id": "d", "content_data": {"title": "T", "body": "I work here"}}, {"linkedin", "twitter"}),
            ({"id": "d", "title": "I work here"}, {"linkedin", "twitter"}),
            ({"id": "d", "text": "I work here", "network": "twitter"}, {"twitter"}),
            ({"id": "d", "title": "I work here", "text": "Something else"}, set()),
            ({"id": "d", "text": "i work here"}, set()),
            ({"id": "d", "text": "I work here!"}, set()),
            ({"id": 5, "text": "I work here"}, set()),
        ],
    )
    def test_a_disclosure_is_theirs_only_when_its_words_are_equal(self, item: dict, networks: set[str]):
        assert mapping.disclosure_ids({"content_list": [item]}, CONTENT).keys() == networks

    def test_half_a_character_is_refused_wherever_it_stands(self):
        for change in ({"title": "\ud800"}, {"why_share": "\ud800"}, {"disclosure": "\x00"}):
            with pytest.raises(Rejected) as caught:
                mapping.preview(replace(CONTENT, **change))
            assert caught.value.code == "text_not_sendable"

    def test_times_go_out_in_utc_and_a_past_start_means_now(self):
        jerusalem = timezone(timedelta(hours=2))
        content = replace(CONTENT, publish_at=datetime(2026, 3, 10, 12, 0, tzinfo=jerusalem), expires_at=AT)
        body = mapping.publish_body(content, now=AT)
        assert body == {"publish_at": "2026-03-10T10:00:00Z", "expire_at": "2026-03-10T09:30:00Z"}
        assert mapping.publish_body(replace(CONTENT, publish_at=AT), now=AT) == {}

    @pytest.mark.parametrize(
        ("status", "info", "state"),
        [
            ("approved", {"publish_at": "2026-03-10T09:00:00Z"}, ContentState.LIVE),
            ("Approved", {"publish_at": "2026-03-11T09:00:00Z"}, ContentState.SCHEDULED),
            ("approved", {"expire_at": "2026-03-10T09:00:00"}, ContentState.EXPIRED),
            ("submitted", {"publish_at": "2026-03-11T09:00:00Z"}, ContentState.AWAITING_REVIEW),
            ("removed", {}, ContentState.WITHDRAWN),
            ("draft", {}, ContentState.DRAFT),
            ("in_the_making", {}, ContentState.DRAFT),
            ("in_the_air", {"publish_at": "2026-03-10T09:00:00Z"}, ContentState.LIVE),
            (None, None, ContentState.DRAFT),
        ],
    )
    def test_a_status_word_that_is_not_documented_is_read_by_its_times(self, status, info, state: ContentState):
        item = {"id": "c", "status": status, "publish_info": info}
        assert mapping.pushed(item, group_id="g", now=AT).state is state

    @pytest.mark.parametrize(
        ("following", "value"),
        [(None, None), ("", None), ("abc", "abc"), ("/v1/group/g/content?next_id=a%2Fb&x=1", "a/b")],
    )
    def test_the_next_page_is_read_from_both_shapes(self, following: str | None, value: str | None):
        assert mapping.next_id({"_metadata": {"next": following}}) == value

    def test_an_address_without_a_next_id_is_not_guessed(self):
        with pytest.raises(ProtocolViolation):
            mapping.next_id({"_metadata": {"next": "/v1/group?page=2"}})

    @pytest.mark.parametrize("item", [{}, {"id": 5}, {"id": "../x"}])
    def test_an_item_without_a_readable_id_is_not_taken(self, item: dict):
        with pytest.raises(ProtocolViolation):
            mapping.content_id(item)


class TestNumbers:
    def test_windows_cover_a_span_without_gaps(self):
        asked = mapping.windows(since=date(2026, 3, 1), until=date(2026, 3, 20))
        assert asked == [("2026-03-01", "2026-03-15"), ("2026-03-15", "2026-03-21")]
        assert mapping.windows(since=date(2026, 3, 2), until=date(2026, 3, 1)) == []

    def test_a_counter_that_is_null_is_missing_and_not_zero(self):
        row = {"share": {"id": "s"}, "date": "2026-03-09T00:00:00Z", "linkedin_likes": None, "linkedin_comments": 0}
        rows = mapping.stat_rows({"@items": [row]}, since=date(2026, 3, 9), until=date(2026, 3, 9))
        reading = mapping.reading(rows.values(), [Metric.REACTIONS, Metric.COMMENTS])
        assert (dict(reading.values), dict(reading.missing)) == ({Metric.COMMENTS: 0}, {Metric.REACTIONS: "no_data"})

    @pytest.mark.parametrize(
        "row",
        [{}, {"share": {"id": "s"}, "date": "soon"}, {"share": {"id": "s"}, "date": "2026-03-09", "twitter_likes": -1}],
    )
    def test_a_row_that_says_nothing_is_not_read(self, row: dict):
        with pytest.raises(ProtocolViolation):
            mapping.stat_rows({"@items": [row]}, since=date(2026, 3, 1), until=date(2026, 3, 10))


class TestReport:
    def test_lines_that_cannot_be_read_are_named_and_the_others_are_kept(self):
        lines = [
            "Name,Shares,Clicks,Email",
            '"Two',
            'lines",1,,',
            "Noa,many,2,",
            ",3,4,",
            "",
            'Dan,"1,234",-,d@example.com',
        ]
        data = "\r\n".join(lines)
        reading = files.read_user_report(b"\xef\xbb\xbf" + data.encode())
        assert [(row.key, dict(row.values)) for row in reading.rows] == [
            ("Two\r\nlines", {Metric.SHARES: 1}),
            ("d@example.com", {Metric.SHARES: 1234}),
        ]
        assert [(one.line, one.reason) for one in reading.skipped] == [
            (4, "Shares is no whole number"),
            (5, "nobody is named"),
        ]

    def test_a_file_of_another_kind_names_the_columns_it_misses(self):
        with pytest.raises(Rejected, match="Shares, Clicks"):
            files.read_user_report(b"Name,Reach\nNoa,1\n")
        with pytest.raises(Rejected, match="quotes"):
            files.read_user_report(b'Name,Shares,Clicks\n"Noa,1,2\n')


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "read", "publish"),
        [
            (400, Rejected, Rejected),
            (401, ConfigurationInvalid, ConfigurationInvalid),
            (403, ConfigurationInvalid, ConfigurationInvalid),
            (404, Rejected, Rejected),
            (405, ProtocolViolation, OutcomeUnknown),
            (408, VendorUnavailable, OutcomeUnknown),
            (409, Rejected, OutcomeUnknown),
            (429, RateLimited, RateLimited),
            (500, VendorUnavailable, OutcomeUnknown),
            (302, ProtocolViolation, OutcomeUnknown),
        ],
    )
    def test_a_status_says_who_must_act(self, status: int, read: type, publish: type):
        assert type(error_for(answer(status), ctx=context(), visible=False)) is read
        assert type(error_for(answer(status), ctx=context(), visible=True)) is publish

    def test_the_vendors_words_reach_the_author_without_tokens(self):
        body = {"reason": "Bad_Title", "message": "No t0ken\x07 here", "additional_info": ["title", 5]}
        error = error_for(answer(400, body), ctx=context(api_token="t0ken"), visible=False)
        assert (error.code, error.message) == ("bad_title", "No …  here; title")
        leaked = error_for(answer(400, {"reason": "t0ken"}), ctx=context(api_token="t0ken"), visible=False)
        assert leaked.code == "invalid_request"

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [("", 60), ("30", 30), ("x", 60), ("9" * 30, 60), ("Tue, 10 Mar 2026 09:31:30 GMT", 90), ("0", 60)],
    )
    def test_retry_after_is_honoured_within_reason(self, value: str, seconds: int):
        assert retry_at(answer(429, retry_after=value), now=AT) == AT + timedelta(seconds=seconds)
