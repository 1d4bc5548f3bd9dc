"""The pure decisions behind publishing: moves, checks, wall times, outcomes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.shares import rules
from services.core.shares.errors import MoveRefused
from services.core.shares.models import FINAL_STATES
from services.core.shares.models import PublicationState as State
from services.core.shares.rules import Facts, Hold

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SENDING_STATES = {State.SCHEDULED, State.CLAIMED, State.SENDING, State.WAITING, State.HELD, State.APPROVED}


class TestMoves:
    def test_every_state_is_in_the_table(self) -> None:
        assert set(rules.MOVES) == set(State)

    def test_nothing_leads_from_unknown_to_a_state_that_sends(self) -> None:
        reached, todo = set(), [State.UNKNOWN]
        while todo:
            for target in rules.MOVES[todo.pop()]:
                if target not in reached:
                    reached.add(target)
                    todo.append(target)
        assert not reached & SENDING_STATES

    def test_final_states_stay(self) -> None:
        assert all(not rules.MOVES[state] for state in FINAL_STATES)

    def test_only_a_claimed_publication_can_be_sent(self) -> None:
        assert [state for state, targets in rules.MOVES.items() if State.SENDING in targets] == [State.CLAIMED]

    def test_what_is_sending_cannot_be_cancelled(self) -> None:
        assert State.SENDING not in rules.CANCELLABLE

    @given(st.sampled_from(State), st.sampled_from(State))
    def test_a_move_that_is_not_in_the_table_is_refused(self, current: State, wanted: State) -> None:
        if wanted in rules.MOVES[current]:
            rules.check_move(current, wanted)
        else:
            with pytest.raises(MoveRefused):
                rules.check_move(current, wanted)


FINE = Facts(
    organization_id=UUID(int=1),
    now=NOW,
    scheduled_at=NOW,
    has_consent=True,
    is_employed=True,
    is_ambassador=True,
    is_same_content=True,
    is_item_open=True,
    program_state="quiet",
    has_rule_hit=False,
    is_same_account=True,
    connection_state="active",
    token_expires_at=NOW + timedelta(days=30),
)


class TestCheck:
    @pytest.mark.parametrize(
        ("change", "state", "reason"),
        [
            ({}, None, None),
            ({"has_consent": False}, State.CANCELLED, Hold.CONSENT_WITHDRAWN),
            ({"is_employed": False}, State.CANCELLED, Hold.LEFT),
            ({"is_ambassador": False}, State.CANCELLED, Hold.LEFT_PROGRAM),
            ({"is_same_content": False}, State.CANCELLED, Hold.CONTENT_CHANGED),
            ({"is_item_open": False}, State.CANCELLED, Hold.ITEM_WITHDRAWN),
            ({"program_state": "closed"}, State.CANCELLED, Hold.PROGRAM_CLOSED),
            ({"connection_state": "revoked"}, State.CANCELLED, Hold.DISCONNECTED),
            ({"is_same_account": False}, State.CANCELLED, Hold.OTHER_ACCOUNT),
            ({"program_state": "paused"}, State.HELD, Hold.PROGRAM_PAUSED),
            ({"has_rule_hit": True}, State.HELD, Hold.POLICY_RULE),
            ({"connection_state": "needs_reconnect"}, State.HELD, Hold.CONNECTION),
            ({"token_expires_at": NOW + timedelta(seconds=299)}, State.HELD, Hold.TOKEN_ENDING),
            ({"token_expires_at": NOW + timedelta(seconds=300)}, None, None),
            ({"token_expires_at": None}, None, None),
            ({"scheduled_at": NOW - timedelta(seconds=3600)}, None, None),
            ({"scheduled_at": NOW - timedelta(seconds=3601)}, State.MISSED, Hold.TOO_LATE),
            # Somebody who took their yes back is not told that they were late.
            ({"scheduled_at": NOW - timedelta(days=2), "has_consent": False}, State.CANCELLED, Hold.CONSENT_WITHDRAWN),
        ],
    )
    def test_it_decides_by_the_first_thing_that_stands_against(
        self, change: dict[str, object], state: State | None, reason: Hold | None
    ) -> None:
        facts = dataclasses.replace(FINE, **change)  # type: ignore[arg-type]
        verdict = rules.check(facts, grace=timedelta(hours=1), token_min=timedelta(minutes=5))
        assert (verdict.state, verdict.reason) == (state, reason)


class TestWallTime:
    @pytest.mark.parametrize(
        ("local", "zone", "at", "note"),
        [
            ("2026-11-25T09:00", "Asia/Jerusalem", "2026-11-25T07:00", "exact"),
            ("2026-03-27T02:30", "Asia/Jerusalem", "2026-03-27T00:30", "shifted"),
            ("2026-10-25T01:30", "Asia/Jerusalem", "2026-10-24T22:30", "first"),
            ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30", "shifted"),
            ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30", "first"),
        ],
    )
    def test_missing_hours_shift_and_double_hours_mean_the_first(
        self, local: str, zone: str, at: str, note: str
    ) -> None:
        time = rules.resolve_wall_time(datetime.fromisoformat(local), zone)
        assert time.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
        assert time.note == note


class TestDisclosure:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("I work at Lumen.\nLook at this.", True),
            ("Look!\n\nI  WORK at lumen.\nMore", True),
            ("One\nTwo\nThree\nI work at Lumen.", False),
            ("Look at this.", False),
        ],
    )
    def test_it_stands_near_the_top(self, text: str, found: bool) -> None:
        assert rules.has_disclosure(text, "I work at Lumen.") is found


class TestRetryDelay:
    def test_it_grows_from_five_seconds_to_six_hours(self) -> None:
        longest = [rules.retry_delay(n, chance=1.0) for n in range(40)]
        assert longest[0] == timedelta(seconds=5)
        assert longest == sorted(longest)
        assert longest[-1] == timedelta(hours=6)

    def test_it_is_never_under_five_seconds(self) -> None:
        assert rules.retry_delay(10, chance=0.0) == timedelta(seconds=5)


class TestExactBytes:
    @given(st.dictionaries(st.text(), st.text() | st.none()))
    def test_the_same_document_has_the_same_hash_in_any_order(self, document: dict[str, object]) -> None:
        turned = dict(reversed(list(document.items())))
        assert rules.content_hash(document) == rules.content_hash(turned)

    def test_one_changed_character_changes_the_hash(self) -> None:
        assert rules.content_hash({"text": "a"}) != rules.content_hash({"text": "á"})

    def test_an_untouched_text_counts_as_unedited(self) -> None:
        assert rules.edited_ratio("Same words", "same  words") == 0
        assert rules.edited_ratio("כל מילה אחרת", "Something else") > 0.9
