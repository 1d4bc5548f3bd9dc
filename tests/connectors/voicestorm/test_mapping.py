"""What Firstup and VoiceStorm say, in our words and back, without any call."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sdk import (
    AudiencePerson,
    ConfigurationInvalid,
    ContentState,
    Context,
    Media,
    MediaKind,
    Metric,
    OutcomeUnknown,
    ProtocolViolation,
    Rejected,
    Suggestion,
    build_client,
)
from connectors.sdk.http import Answer
from connectors.voicestorm import words
from connectors.voicestorm.firstup import errors, mapping, webhooks
from connectors.voicestorm.legacy import errors as legacy_errors
from connectors.voicestorm.legacy import mapping as legacy
from connectors.voicestorm.legacy.reports import read_member_report

from .desk import HOOK_SECRET, content, firstup_settings

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
PNG = Media(MediaKind.IMAGE, "image/png", b"\x89PNG", "lab.png", alt_text="The lab")


@pytest.fixture
def ctx() -> Context:
    return Context(http=build_client(), settings=firstup_settings({}), clock=lambda: NOW)


def answer(status: int, body: object = None, **headers: str) -> Answer:
    return Answer(status, headers, b"" if body is None else json.dumps(body).encode())


class TestContent:
    def test_the_body_holds_all_that_has_no_field_of_its_own(self):
        two = (
            Suggestion("linkedin", "en", "One & two"),
            Suggestion("linkedin", "he", "שורה\nשורה"),
        )
        item = content(suggestions=two, topic_ids=("4412", "4411"), disclosure="#ad")
        body = mapping.content_body(item, author_user_id="902", now=NOW)
        assert body == {
            "content_type": "article",
            "title": "Our new lab is open",
            "summary": "We are proud of it",
            "body": '<p dir="auto">linkedin (en):</p><p dir="auto">One &amp; two</p>'
            '<p dir="auto">linkedin (he):</p><p dir="auto">שורה<br>שורה</p><p dir="auto">#ad</p>'
            '<p><a href="https://go.example/l/Ab3?x=1&amp;y=2">https://go.example/l/Ab3?x=1&amp;y=2</a></p>',
            "visibility": "public",
            "featured": False,
            "channels": [{"id": 4411}, {"id": 4412}],
            "source": {"post_id": "item-1"},
            "author": {"user_id": 902},
        }

    def test_a_preview_names_each_loss(self):
        item = content(disclosure="#ad", media=(PNG,), expires_at=NOW + timedelta(days=1))
        preview = mapping.preview(item, now=NOW)
        assert {(loss.field, loss.how) for loss in preview.losses} == {
            ("why_share", "merged"),
            ("url", "merged"),
            ("suggestions.en", "merged"),
            ("disclosure", "merged"),
            ("media", "dropped"),
            ("expires_at", "dropped"),
        }
        assert preview.fields["body"] == "linkedin (en):\n\nCome and see\n\n#ad\n\nhttps://go.example/l/Ab3?x=1&y=2"

    @pytest.mark.parametrize("destination", ["", "x", "../1", "-1", "٤٤"])
    def test_a_topic_that_is_no_number_is_refused(self, destination: str):
        with pytest.raises(Rejected) as caught:
            mapping.content_body(content(destination_id=destination), author_user_id=None, now=NOW)
        assert caught.value.code == "destination_unknown"

    def test_half_a_character_is_refused(self):
        with pytest.raises(Rejected) as caught:
            mapping.preview(content(text="\ud83d"), now=NOW)
        assert caught.value.code == "text_not_sendable"

    def test_an_author_that_is_no_number_is_the_administrators_to_fix(self):
        with pytest.raises(ConfigurationInvalid):
            mapping.content_body(content(), author_user_id="noa", now=NOW)

    @pytest.mark.parametrize(
        ("word", "state"),
        [
            ("published", ContentState.LIVE),
            ("scheduled", ContentState.SCHEDULED),
            ("processing", ContentState.SCHEDULED),
            ("review", ContentState.AWAITING_REVIEW),
            ("draft", ContentState.DRAFT),
            ("archived", ContentState.WITHDRAWN),
            ("processing_error", ContentState.FAILED),
            ("something_new", ContentState.SCHEDULED),
        ],
    )
    def test_each_state_has_one_of_ours(self, word: str, state: ContentState):
        assert mapping.state({"state": word}) is state

    @pytest.mark.parametrize("data", [{"id": 5}, {"content_id": "5"}])
    def test_the_id_is_read_under_both_of_its_names(self, data: dict):
        assert mapping.created_id(answer(201, {"data": data})) == "5"

    @pytest.mark.parametrize("body", [{}, {"data": []}, {"data": {"id": "../x"}}, {"data": {"id": None}}])
    def test_a_draft_without_an_id_cannot_be_read(self, body: dict):
        with pytest.raises(ProtocolViolation):
            mapping.created_id(answer(201, body))

    def test_a_publish_answer_that_cannot_be_read_leaves_it_open(self):
        for wrong in (Answer(200, {}, b"<html>"), answer(200, []), answer(202, {"data": 1})):
            with pytest.raises(OutcomeUnknown):
                mapping.published(wrong, draft_id="5")
        assert mapping.published(answer(200), draft_id="5").state is ContentState.SCHEDULED
        assert (
            mapping.published(answer(202, {"data": {"state": "draft"}}), draft_id="5").state is not ContentState.DRAFT
        )

    def test_a_list_ends_by_its_meta_or_by_an_empty_page(self):
        meta = {"meta": {"pagination": {"page": 1, "page_size": 2, "total_records": 3}}}
        assert not mapping.is_last_page(answer(200, meta), page=1, got=2)
        assert mapping.is_last_page(answer(200, meta), page=2, got=1)
        assert not mapping.is_last_page(answer(200, {}), page=1, got=2)
        assert mapping.is_last_page(answer(200, {}), page=2, got=0)


class TestPeople:
    @pytest.mark.parametrize("module", [mapping, legacy])
    @pytest.mark.parametrize("cursor", ["", "0", "-1", "x", "٣", "1" * 40])
    def test_a_cursor_of_somebody_else_is_refused(self, module, cursor: str):
        with pytest.raises(ConfigurationInvalid):
            module.start_index(cursor)

    def test_a_page_says_where_the_next_one_begins(self):
        users = [{"id": str(number), "userName": f"p{number}"} for number in range(2)]
        body = {"totalResults": 3, "Resources": users}
        assert mapping.audience_page(answer(200, body), start=1).next_cursor == "3"
        assert mapping.audience_page(answer(200, body), start=2).next_cursor is None
        assert legacy.scim_page(body, start=1).next_cursor == "3"
        assert mapping.audience_page(answer(200, {"totalResults": 0}), start=1).members == ()

    def test_the_primary_address_comes_first_and_the_user_name_last(self):
        emails = [{"value": "b@x.example"}, {"value": "a@x.example", "primary": True}]
        assert mapping.addresses({"userName": "u", "emails": emails}) == ["a@x.example", "b@x.example", "u"]
        assert mapping.member({"id": 7, "userName": "u"}).email == "u"

    def test_a_password_is_made_and_never_the_same(self):
        person = AudiencePerson("r", "a@x.example", "A", "B")
        first, second = legacy.registration(person)["password"], legacy.registration(person)["password"]
        assert first != second
        assert len(str(first)) >= 32


class TestCredentials:
    def test_a_token_lives_two_hours_unless_it_says_otherwise(self):
        assert mapping.credentials({"access_token": "t"}, now=NOW).expires_at == NOW + timedelta(hours=2)
        given = mapping.credentials({"access_token": "t", "expires_in": "60", "scope": "a,b c"}, now=NOW)
        assert (given.expires_at, given.scopes) == (NOW + timedelta(seconds=60), frozenset({"a", "b", "c"}))

    @pytest.mark.parametrize("token", [{}, {"access_token": ""}, {"access_token": "a b"}, {"access_token": "ש"}])
    def test_a_token_that_no_header_can_carry_cannot_be_read(self, token: dict):
        for read in (lambda: mapping.credentials(token, now=NOW), lambda: legacy.credentials(token)):
            with pytest.raises(ProtocolViolation):
                read()

    @pytest.mark.parametrize("life", ["soon", -1, 0, 10**12])
    def test_a_life_that_is_none_cannot_be_read(self, life: object):
        with pytest.raises(ProtocolViolation):
            mapping.credentials({"access_token": "t", "expires_in": life}, now=NOW)


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [
            {"message": "No"},
            {"error": "No"},
            {"error": {"message": "No"}},
            {"errors": ["No"]},
            {"errors": [{"detail": "No"}]},
            {"detail": "No"},
        ],
    )
    def test_firstups_words_are_found_wherever_they_stand(self, body: dict, ctx: Context):
        assert errors.error_for(answer(400, body), ctx).message == "No"

    def test_control_characters_and_secrets_are_not_kept(self, ctx: Context):
        said = words.clean(ctx, f"a\x00b\n {HOOK_SECRET} {'x' * 500}")
        assert said.startswith("a b  … x")
        assert len(said) == 300
        assert words.code(ctx, "has blanks") is None

    @pytest.mark.parametrize(("status", "visible"), [(404, True), (409, True), (422, True), (500, True), (302, True)])
    def test_only_a_documented_refusal_of_the_visible_step_is_one(self, status: int, visible: bool, ctx: Context):
        assert isinstance(errors.error_for(answer(status), ctx, visible=visible), OutcomeUnknown)

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [("30", 30), ("Tue, 10 Mar 2026 09:31:00 GMT", 60), ("", 600), ("soon", 600), ("-5", 600), ("9" * 30, 600)],
    )
    def test_a_wait_is_read_in_both_forms_and_never_absurd(self, value: str, seconds: int):
        at = words.retry_at({"retry-after": value}, now=NOW, otherwise_seconds=600)
        assert at == NOW + timedelta(seconds=seconds)

    def test_voicestorms_messages_are_joined(self, ctx: Context):
        with pytest.raises(Rejected) as caught:
            legacy_errors.read(answer(200, {"code": "error", "messages": ["One", "Two"]}), ctx)
        assert caught.value.message == "One; Two"
        with pytest.raises(ProtocolViolation):
            legacy_errors.read(answer(200, []), ctx)
        assert legacy_errors.read(answer(200, {"code": "success"}), ctx)


class TestWebhooks:
    @pytest.mark.parametrize(
        ("event", "external_id", "kind"),
        [
            ({"name": "content_published", "content_id": 5}, "5", "content_changed"),
            ({"name": "content_archived", "content": {"id": "5"}}, "5", "content_changed"),
            ({"name": "channel_archived", "channel_id": 4411}, None, "unknown"),
            ({"name": "something_new"}, None, "unknown"),
        ],
    )
    def test_an_event_is_a_hint_about_an_item(self, event: dict, external_id: str | None, kind: str, ctx: Context):
        headers = {"Authorization": HOOK_SECRET, "X-SocialChorus-Delivery": "d-1"}
        event["timestamp"] = "2026-03-10T09:00:00Z"
        (notice,) = webhooks.read_webhook(ctx, headers=headers, body=json.dumps(event).encode())
        assert (notice.event_id, notice.external_id, notice.kind) == ("d-1", external_id, kind)
        assert notice.happened_at == datetime(2026, 3, 10, 9, tzinfo=UTC)


class TestReport:
    HEADER = "Member Name,Member URL,UserId,Post Views,Shares,Total Clicks,Impressions,Conversions,Total Reactions\n"

    def test_only_numbers_that_mean_what_ours_mean_are_read(self):
        data = "Banner\n" + self.HEADER + 'Noa,https://x,u-1,"1,200",3,,900,0.5,7\n'
        (row,) = read_member_report(data.encode()).rows
        assert (row.key, dict(row.values)) == ("u-1", {Metric.VIEWS: 1200, Metric.SHARES: 3})

    def test_a_report_without_its_banner_is_read_too(self):
        data = self.HEADER + "Noa,https://x,u-1,1,2,3,4,5,6\n"
        assert len(read_member_report(data.encode("utf-8-sig")).rows) == 1

    def test_a_line_that_cannot_be_read_is_skipped_by_its_number(self):
        lines = [
            "Noa,https://x,u-1,1,2,3,4,5,6",
            "Dan,https://x,u-2,many,2,3,4,5,6",
            "Ana,https://x,,1,2,3,4,5,6",
            "short",
        ]
        reading = read_member_report(("Banner\n" + self.HEADER + "\n".join(lines)).encode())
        assert [row.key for row in reading.rows] == ["u-1"]
        assert [one.line for one in reading.skipped] == [4, 5, 6]
        assert reading.skipped[0].reason == "Post Views is no whole number"

    @pytest.mark.parametrize(
        "data", ["Banner\nMember Name,UserId\nNoa,u-1\n", "Banner\nMember Name,Shares\nNoa,1\n", "\x00"]
    )
    def test_another_file_is_refused_with_what_it_misses(self, data: str):
        with pytest.raises(Rejected) as caught:
            read_member_report(data.encode())
        assert caught.value.code == "report_not_readable"
