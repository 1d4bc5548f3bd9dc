"""Sprout's payloads, read and written."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from connectors.bambu import connector, mapping
from connectors.bambu.errors import Step, error_for, token_error_for
from connectors.bambu.manifest import STORY_REPORT
from connectors.sdk import (
    Answer,
    ConfigurationInvalid,
    Context,
    Metric,
    MissingReason,
    OutcomeUnknown,
    ProtocolViolation,
    Rejected,
    Suggestion,
    VendorUnavailable,
    build_client,
)

from .desk import STARTED_AT, URL, item


@pytest.mark.parametrize(
    ("network_type", "network"),
    [
        ("linkedin_company", "linkedin"),
        ("LINKEDIN", "linkedin"),
        ("fb_instagram_account", "instagram"),
        ("fb_page", "facebook"),
        ("twitter", "x"),
        ("x", "x"),
        ("google_my_business", "google_business"),
        ("Trust-Pilot", "trust_pilot"),
        ("", "unknown"),
    ],
)
def test_a_network_is_recognized_by_its_name(network_type: str, network: str):
    assert mapping.network_of(network_type) == network


def test_a_text_that_has_link_and_disclosure_already_stays_as_it_is():
    text = f"#ad ראו {URL} עכשיו"
    content = item(suggestions=(Suggestion("linkedin", "he", text),), disclosure="#ad")
    assert mapping.draft_text(content) == text
    preview = mapping.draft_preview(content, at=STARTED_AT)
    assert {loss.field for loss in preview.losses} == {"title", "why_share"}


@pytest.mark.parametrize("destination", ["", "9001", "group:", "tag:55", "profile:1:2", "profile:1:2:X/..", "advocacy"])
def test_what_takes_no_draft_is_the_administrators_to_choose_again(destination: str):
    with pytest.raises(ConfigurationInvalid):
        mapping.target(destination)


def test_a_topic_that_is_no_tag_is_the_administrators_to_choose_again():
    assert mapping.tag_ids(item(topic_ids=("tag:55",))) == [55]
    with pytest.raises(ConfigurationInvalid):
        mapping.tag_ids(item(topic_ids=("group:9001",)))


@pytest.mark.parametrize("external_id", ["", "x", "1,", "1:2:3", "../1", "²"])
def test_what_is_no_id_of_a_draft_is_refused(external_id: str):
    with pytest.raises(Rejected):
        mapping.draft_ids(external_id)


@pytest.mark.parametrize("answer", [None, 5, {}, {"data": 5}, {"data": [1]}, {"data": None}])
def test_an_answer_without_data_is_ours_to_fix(answer: object):
    with pytest.raises(ProtocolViolation):
        mapping.rows(answer)


@pytest.mark.parametrize("row", [{}, {"internal": {}}, {"customer_profile_id": "1", "internal": {"publishing": {}}}])
def test_a_draft_without_its_id_is_ours_to_fix(row: dict):
    with pytest.raises(ProtocolViolation):
        mapping.draft_posts({"data": [row]})


@pytest.mark.parametrize("token", [{}, {"access_token": "a b"}, {"access_token": "a", "expires_in": 0}])
def test_a_token_that_cannot_be_used_is_ours_to_fix(token: dict):
    with pytest.raises(ProtocolViolation):
        mapping.credentials(token, now=STARTED_AT)


def test_a_token_without_an_end_has_none():
    assert mapping.credentials({"access_token": "a"}, now=STARTED_AT).expires_at is None


def test_a_long_span_is_cut_into_parts_that_touch():
    parts = mapping.spans(date(2025, 1, 1), date(2026, 1, 1))
    assert parts[0][0] == date(2025, 1, 1)
    assert parts[-1][1] == date(2026, 1, 1)
    assert all(first[1] + timedelta(days=1) == second[0] for first, second in pairwise(parts))
    assert mapping.spans(date(2026, 1, 2), date(2026, 1, 1)) == []


def test_another_post_of_the_profile_is_not_taken_for_the_draft():
    at = datetime(2026, 3, 11, 8, tzinfo=UTC)
    draft = mapping.DraftPost("1", "7101", f"Words of https://acme.example\n\n{URL}", at, at, None)
    rows = [
        {"guid": guid, "customer_profile_id": profile, "text": text, "created_time": created}
        for guid, profile, text, created in (
            ("other-text", "7101", "Words of https://acme.example too", "2026-03-11T09:00:00Z"),
            ("other-profile", "7102", draft.text, "2026-03-11T09:00:00Z"),
            ("before", "7101", draft.text, "2026-03-10T09:00:00Z"),
            ("it", 7101, f" {draft.text} ", "2026-03-11T09:00:00Z"),
        )
    ]
    assert [row["guid"] for row in mapping.sent_posts([draft], rows)] == ["it"]
    assert mapping.sent_posts([draft], rows[:3]) == []


@pytest.mark.parametrize("value", [-1, 1.5, True, "5"])
def test_a_number_that_is_no_count_is_ours_to_fix(value: object):
    with pytest.raises(ProtocolViolation):
        mapping.reading([{"metrics": {"lifetime.impressions": value}}], [Metric.IMPRESSIONS])


def test_days_without_a_number_are_missing_and_days_not_asked_for_are_left_out():
    rows = [
        {"dimensions": {"reporting_period.by(day)": day}, "metrics": metrics}
        for day, metrics in (
            ("2026-03-01", {"impressions": 4.0}),
            ("2026-03-02", {}),
            ("2026-03-03", {"impressions": 9}),
        )
    ]
    reading = mapping.feed_reading(
        "page_impressions", rows, subject="7101", since=date(2026, 3, 1), until=date(2026, 3, 2)
    )
    assert reading.values == {date(2026, 3, 1): 4}
    assert reading.missing == {date(2026, 3, 2): MissingReason.NO_DATA}


def test_the_package_holds_every_part_as_it_was_written():
    texts = (Suggestion("linkedin", "he", "א"), Suggestion("linkedin", "he", "ב"), Suggestion("x", "en", "Hi"))
    package = mapping.handoff(item(suggestions=texts, disclosure="#ad", expires_at=STARTED_AT))
    for part in ("The new lab", URL, "Only for colleagues", "א\n\nב", "Hi", "#ad", "2026-03-10T09:30:00Z"):
        assert part in package


@pytest.mark.parametrize("status", [302, 409, 418, 500, 503])
def test_what_is_no_proven_refusal_leaves_a_draft_open(status: int):
    ctx = Context(http=build_client(), settings={}, clock=lambda: STARTED_AT)
    answer = Answer(status, {"x-sprout-request-id": "abc-1"}, b"<html>")
    error = error_for(answer, ctx=ctx, step=Step.DRAFT)
    assert isinstance(error, OutcomeUnknown)
    assert "abc-1" in error.detail


def test_a_sign_in_that_is_down_is_no_reason_to_change_settings():
    ctx = Context(http=build_client(), settings={}, clock=lambda: STARTED_AT)
    assert isinstance(token_error_for(Answer(503, {}, b""), ctx=ctx), VendorUnavailable)
    assert isinstance(token_error_for(Answer(400, {}, b'{"error":"invalid_scope"}'), ctx=ctx), ConfigurationInvalid)


def test_an_empty_cell_is_no_zero_and_a_quoted_line_break_keeps_the_count_of_lines():
    ctx = Context(http=build_client(), settings={}, clock=lambda: STARTED_AT)
    data = b'Story,Shares,Clicks\r\n"two\nlines",1,\r\nB,x,1\r\nC,,\r\n'
    reading = connector.import_report(ctx, name=STORY_REPORT, data=data)
    assert [(row.key, dict(row.values)) for row in reading.rows] == [("two\nlines", {Metric.SHARES: 1})]
    assert [skipped.line for skipped in reading.skipped] == [4, 5]
    with pytest.raises(Rejected):
        connector.import_report(ctx, name="another", data=data)
