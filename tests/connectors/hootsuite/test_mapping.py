"""Our models to Hootsuite's payloads and back: what people see must be what was approved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hootsuite import connector, mapping
from connectors.hootsuite.errors import Product, error_for, retry_at, token_error_for
from connectors.sdk import (
    Answer,
    ConfigurationInvalid,
    ContentState,
    Context,
    Metric,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    ScopeMissing,
    VendorUnavailable,
    build_client,
)

from .desk import ANA, HIRING, STARTED_AT, URL, content

CTX = Context(http=build_client(), settings={"client_secret": "demo-secret"}, clock=lambda: STARTED_AT)


def answer(status: int, body: str = "", **headers: str) -> Answer:
    return Answer(status, headers, body.encode())


class TestDrafts:
    @given(st.text(min_size=1, max_size=2000).filter(lambda text: "\x00" not in text))
    def test_a_text_is_never_altered(self, text: str):
        for destination in (ANA, HIRING):
            preview = connector.preview_content(CTX, content=content(destination, text=text))
            assert text in preview.fields["text"]
            assert URL in preview.fields["text"]

    @pytest.mark.parametrize("text", ["half \ud83d", "zero \x00"])
    def test_a_text_that_no_document_carries_is_refused(self, text: str):
        for destination in (ANA, HIRING):
            with pytest.raises(Rejected) as caught:
                connector.preview_content(CTX, content=content(destination, text=text))
            assert caught.value.code == "text_not_sendable"

    def test_amplify_shares_to_the_networks_that_there_are_words_for(self):
        assert mapping.shareable_networks(content(HIRING, network="facebook")) == {
            "linkedin": False,
            "facebook": True,
            "facebookpage": True,
            "instagram": False,
            "twitter": False,
            "tiktokbusiness": False,
        }
        with pytest.raises(Rejected):
            connector.preview_content(CTX, content=content(HIRING, network="threads"))

    def test_an_amplify_post_goes_into_topics_only(self):
        with pytest.raises(Rejected):
            connector.preview_content(CTX, content=content(HIRING, topic_ids=(ANA,)))

    @given(
        st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
        st.integers(0, 72 * 60),
    )
    def test_a_message_lies_in_the_window_in_which_it_is_looked_for(self, publish_at, pushed_at, minutes_later):
        wanted = content(publish_at=publish_at)
        target = mapping.ProfileTarget("LINKEDIN", "115185509")
        # Content is pushed before its time, or not long after it.
        pushed_at = min(pushed_at, publish_at + timedelta(days=2)) if publish_at else pushed_at
        draft = mapping.message_draft(wanted, target, manifest=connector.manifest, now=pushed_at)
        start, end = mapping.search_window(wanted, now=pushed_at + timedelta(minutes=minutes_later))
        assert start <= draft.at <= end
        assert end - start <= mapping.LONGEST_WINDOW


class TestReading:
    @pytest.mark.parametrize(
        ("state", "ours"),
        [
            ("SCHEDULED", ContentState.SCHEDULED),
            ("SUBMITTED", ContentState.SCHEDULED),
            ("PENDING_APPROVAL", ContentState.AWAITING_REVIEW),
            ("SENT", ContentState.LIVE),
            ("SEND_FAILED_PERMANENTLY", ContentState.FAILED),
            ("REJECTED", ContentState.FAILED),
            ("NEW_ONE", ContentState.AWAITING_REVIEW),
            (None, ContentState.AWAITING_REVIEW),
        ],
    )
    def test_each_state_has_one_of_ours(self, state: object, ours: ContentState):
        assert mapping.content_state({"state": state}) is ours

    @pytest.mark.parametrize(
        "token",
        [
            {},
            {"access_token": ""},
            {"access_token": "a b"},
            {"access_token": "a\nb"},
            {"access_token": "ש"},
            {"access_token": "a", "token_type": "mac"},
            {"access_token": "a", "expires_in": "soon"},
            {"access_token": "a", "expires_in": 0},
            {"access_token": "a", "expires_in": 99_999_999},
        ],
    )
    def test_a_token_answer_that_cannot_be_right_is_refused(self, token: dict):
        with pytest.raises(ProtocolViolation):
            mapping.credentials(token, now=STARTED_AT)

    def test_a_token_lives_as_long_as_the_answer_says(self):
        token = {"access_token": "a", "token_Type": "Bearer", "expires_in": 2_592_000, "scope": "offline"}
        credentials = mapping.credentials(token, now=STARTED_AT)
        assert credentials.expires_at == STARTED_AT + timedelta(days=30)
        assert credentials.scopes == {"offline"}
        kept = replace(credentials, refresh_token=credentials.access_token)
        assert mapping.credentials({"access_token": "b"}, now=STARTED_AT, kept=kept).refresh_token == kept.refresh_token

    @pytest.mark.parametrize("value", [True, -1, 1.5, "12", None])
    def test_a_number_that_is_none_is_no_number(self, value: object):
        assert mapping.count({"likes": value}, Metric.REACTIONS) is None
        assert mapping.count({"likes": 12.0}, Metric.REACTIONS) == 12
        assert mapping.count("x", Metric.REACTIONS) is None

    @pytest.mark.parametrize(
        ("header", "address"),
        [
            ("", None),
            ('<https://a/?page=2>; rel="next"', "https://a/?page=2"),
            ('<https://a/?page=1>; rel="first", <https://a/?page=3>; title="x"; rel=next', "https://a/?page=3"),
            ('<https://a/?page=1>; rel="prev"', None),
            ("nonsense", None),
        ],
    )
    def test_the_next_page_stands_in_the_link_header(self, header: str, address: str | None):
        assert mapping.next_link(header) == address

    @pytest.mark.parametrize("body", [{}, {"data": None}, {"data": "x"}, {"data": [1]}])
    def test_an_envelope_without_objects_is_refused(self, body: dict):
        with pytest.raises(ProtocolViolation):
            mapping.objects(body)

    @pytest.mark.parametrize("value", ["javascript:alert(1)", "http://x.example", 5, None, "https://x\n"])
    def test_an_address_that_is_none_is_left_out(self, value: object):
        assert mapping.web_address(value) is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "code", "error", "name"),
        [
            (401, 1000, ReauthRequired, "reauth_required"),
            (401, 1001, ReauthRequired, "reauth_required"),
            (403, 1037, ScopeMissing, "scope_missing"),
            (429, 1004, RateLimited, "rate_limited"),
            (400, 1201, ConfigurationInvalid, "configuration_invalid"),
            (403, 4010, ConfigurationInvalid, "configuration_invalid"),
            (400, 2305, Rejected, "not_found"),
            (404, 4303, Rejected, "not_found"),
            (400, 40001, Rejected, "tags_not_allowed"),
            (400, 40023, Rejected, "one_twitter_profile_only"),
            (400, 40025, Rejected, "scheduled_message_limit"),
            (400, 2008, Rejected, "no_seat_left"),
            (400, 40020, ProtocolViolation, "protocol_violation"),
            (400, 5000, VendorUnavailable, "vendor_unavailable"),
            (400, 49_999, Rejected, "rest_49999"),
            (418, 0, ProtocolViolation, "protocol_violation"),
        ],
    )
    def test_each_code_says_who_must_act(self, status: int, code: int, error: type, name: str):
        body = f'{{"errors": [{{"code": {code}, "message": "words", "id": "f7d3"}}]}}'
        found = error_for(answer(status, body), ctx=CTX)
        assert type(found) is error
        assert found.code == name
        assert "f7d3" in found.detail

    def test_our_own_mistake_in_the_visible_step_is_a_refusal_and_no_open_outcome(self):
        found = error_for(answer(400, '{"errors": [{"code": 4000, "message": "no"}]}'), ctx=CTX, visible=True)
        assert isinstance(found, Rejected)
        assert isinstance(error_for(answer(418), ctx=CTX, visible=True), OutcomeUnknown)

    @pytest.mark.parametrize(
        "body", ["", "[]", '{"errors": 5}', '{"errors": [5]}', '{"errors": [{"code": "a b"}]}', "\ud83d"]
    )
    def test_a_body_that_says_nothing_is_read_by_its_status(self, body: str):
        data = Answer(403, {}, body.encode("utf-8", "surrogatepass"))
        assert isinstance(error_for(data, ctx=CTX), ConfigurationInvalid)
        assert isinstance(error_for(data, ctx=CTX, product=Product.ANALYTICS), ScopeMissing)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [("30", 30), ("Tue, 10 Mar 2026 09:31:00 GMT", 60), ("9999999999999", 60), ("never", 60), ("-5", 60)],
    )
    def test_a_retry_after_is_honoured_where_it_makes_sense(self, header: str, seconds: int):
        found = retry_at(answer(429, **{"retry-after": header}), code=0, now=STARTED_AT)
        assert found == STARTED_AT + timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        ("status", "name", "error"),
        [
            (400, "invalid_grant", ReauthRequired),
            (401, "invalid_client", ConfigurationInvalid),
            (401, "secret-of-somebody", ConfigurationInvalid),
            (400, "invalid_scope", ConfigurationInvalid),
            (400, "temporarily_unavailable", VendorUnavailable),
            (503, "", VendorUnavailable),
            (429, "", RateLimited),
            (400, "something_new", ProtocolViolation),
        ],
    )
    def test_the_token_endpoint_says_who_must_act(self, status: int, name: str, error: type):
        found = token_error_for(answer(status, f'{{"error": "{name}"}}'), ctx=CTX)
        assert type(found) is error
        assert "secret-of-somebody" not in found.detail
