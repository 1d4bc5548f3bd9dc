"""No code without words, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import pytest

from connectors.sdk import errors as connector_errors
from connectors.sdk.models import MissingReason, NoticeKind
from services.core.kit.texts import Language
from services.core.measurement import rules as measurement
from services.core.shares import explanations, settling, words
from services.core.shares.models import AttemptState, Evidence, EvidenceKind, Publication, PublicationState
from services.core.shares.rules import Hold, OutcomeKind
from services.scheduler.worker import outcomes

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

#: Errors that no publication can end with: they are raised to the vendor, or never leave the connector.
_ELSEWHERE = {"webhook_refused"}


def _families(error: type[connector_errors.ConnectorError]) -> Iterator[str]:
    for child in error.__subclasses__():
        yield child.family
        yield from _families(child)


CODES = sorted(
    {hold.value for hold in Hold}
    | (set(_families(connector_errors.ConnectorError)) - _ELSEWHERE)
    | {outcomes.CONNECTOR_GONE.code, outcomes.STARTED_TOO_LATE.code}
    | {settling.FOUND_LATER, settling.NOT_FOUND, words.REVIEW, words.DECLINED}
    | {"cancelled_by_person", "first_one_is_out", "lease_ran_out", "no_proof", "backup_restored"}
)


def publication(state: PublicationState, reason: str | None = None, **fields: object) -> Publication:
    values: dict[str, object] = {
        "id": uuid4(),
        "organization_id": UUID(int=1),
        "connector": "demo",
        "network": "linkedin",
        "state": state,
        "reason": reason,
        "scheduled_local": "2026-11-25T11:30:00",
        "time_zone": "Asia/Jerusalem",
        "scheduled_at": NOW,
        "due_at": NOW,
        "look_ups": 0,
        "updated_at": NOW,
        **fields,
    }
    return Publication(**values)


def is_hebrew(text: str) -> bool:
    return any("\u05d0" <= letter <= "\u05ea" for letter in text)


class TestWords:
    @pytest.mark.parametrize("code", CODES)
    def test_every_code_has_words_in_both_languages(self, code: str) -> None:
        assert code in explanations.REASONS
        english = explanations.explain(publication(PublicationState.HELD, code), Language.EN)
        hebrew = explanations.explain(publication(PublicationState.HELD, code), Language.HE)
        assert english.why
        assert not is_hebrew(english.why)
        assert "_" not in english.why
        assert hebrew.why
        assert is_hebrew(hebrew.why)
        assert "{" not in english.why + hebrew.why + english.next_step + hebrew.next_step

    @pytest.mark.parametrize("state", list(PublicationState))
    @pytest.mark.parametrize("language", list(Language))
    def test_every_state_says_what_comes_next(self, state: PublicationState, language: Language) -> None:
        explained = explanations.explain(publication(state), language)
        assert explained.why is None
        assert is_hebrew(explained.next_step) == (language is Language.HE)

    @pytest.mark.parametrize("kind", list(EvidenceKind))
    @pytest.mark.parametrize("language", list(Language))
    def test_every_kind_of_evidence_has_words(self, kind: EvidenceKind, language: Language) -> None:
        details: list[dict[str, object]] = [{}, *({"outcome": outcome.value} for outcome in OutcomeKind)]
        details += [{"notice": notice.value} for notice in NoticeKind] + [{"is_there": True}, {"is_there": False}]
        for detail in details:
            fact = Evidence(organization_id=UUID(int=1), publication_id=uuid4(), kind=kind, detail=detail)
            said = explanations.explain_evidence(fact, language, network="linkedin")
            assert is_hebrew(said) == (language is Language.HE)
            assert "{" not in said

    @pytest.mark.parametrize("state", list(AttemptState))
    @pytest.mark.parametrize("language", list(Language))
    def test_every_attempt_has_words(self, state: AttemptState, language: Language) -> None:
        for outcome in (None, *CODES):
            said = explanations.explain_attempt(state, outcome, language, network="linkedin")
            assert is_hebrew(said) == (language is Language.HE)

    @pytest.mark.parametrize(
        "code",
        [
            *MissingReason,
            measurement.NOT_CONNECTED,
            measurement.REAUTH_REQUIRED,
            measurement.NOT_PUBLISHED,
            measurement.NO_VENDOR_ID,
            measurement.NOT_READ_YET,
        ],
    )
    def test_every_missing_number_has_words(self, code: str) -> None:
        assert code not in explanations.explain_missing(code, Language.EN, network="linkedin")
        assert is_hebrew(explanations.explain_missing(code, Language.HE, network="linkedin"))

    def test_all_enums_that_are_scanned_are_not_empty(self) -> None:
        scanned: list[type[StrEnum]] = [Hold, OutcomeKind, EvidenceKind]
        assert all(len(enum) > 3 for enum in scanned)


class TestNextStep:
    def test_a_stop_is_not_the_persons_to_end(self) -> None:
        explained = explanations.explain(publication(PublicationState.HELD, Hold.STOPPED), Language.EN)
        assert explained.whose_move is explanations.Move.ADMINISTRATOR
        assert explained.next_step.startswith("Nothing for you to do.")

    def test_a_dead_token_is_the_persons_to_mend(self) -> None:
        explained = explanations.explain(publication(PublicationState.HELD, "reauth_required"), Language.EN)
        assert explained.whose_move is explanations.Move.PERSON
        assert "Connect your account again" in explained.next_step

    def test_waiting_says_until_when_on_the_persons_clock(self) -> None:
        waiting = publication(PublicationState.WAITING, Hold.BUDGET, due_at=NOW + timedelta(hours=2))
        explained = explanations.explain(waiting, Language.EN)
        assert "2026-11-25 13:30 (Asia/Jerusalem)" in explained.next_step
        assert explained.next_try_at == NOW + timedelta(hours=2)
        assert explained.whose_move is explanations.Move.NETWORK

    def test_quiet_hours_are_nobodys_move(self) -> None:
        waiting = publication(PublicationState.WAITING, Hold.QUIET_HOURS)
        assert explanations.explain(waiting, Language.EN).whose_move is explanations.Move.NOBODY

    def test_unknown_says_what_was_tried_and_when_the_network_is_asked_next(self) -> None:
        unknown = publication(
            PublicationState.UNKNOWN, "outcome_unknown", look_ups=2, look_up_at=NOW + timedelta(minutes=30)
        )
        explained = explanations.explain(unknown, Language.EN)
        assert "asked LinkedIn 2 times" in explained.next_step
        assert "next at 2026-11-25 12:00 (Asia/Jerusalem)" in explained.next_step
        assert explained.next_try_at == unknown.look_up_at

    def test_unknown_where_nobody_can_be_asked_says_so(self) -> None:
        unknown = publication(PublicationState.UNKNOWN, "outcome_unknown", connector="linkedin")
        assert "LinkedIn cannot be asked by us" in explanations.explain(unknown, Language.EN).next_step

    def test_a_refusal_brings_the_networks_own_words(self) -> None:
        rejected = publication(PublicationState.REJECTED, "some_new_code", vendor_message="Text is spam.")
        why = explanations.explain(rejected, Language.EN).why
        assert why == "LinkedIn refused it (some_new_code). Its words: Text is spam."

    def test_a_post_found_later_is_not_to_be_sent_again(self) -> None:
        found = publication(PublicationState.NOT_PUBLISHED, settling.FOUND_LATER)
        explained = explanations.explain(found, Language.EN)
        assert "do not send it again" in explained.next_step
