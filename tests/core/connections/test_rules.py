"""When access is renewed, what of an answer is kept, and when its person is reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sdk.errors import ProtocolViolation
from connectors.sdk.models import Credentials, Secret
from services.core.connections import rules

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TOKEN_MIN = timedelta(minutes=5)


def credentials(**changes: object) -> Credentials:
    """A token with a refresh token behind it."""
    values: dict[str, object] = {
        "access_token": Secret("a"),
        "refresh_token": Secret("r"),
        "expires_at": NOW + timedelta(days=60),
        "refresh_expires_at": NOW + timedelta(days=365),
        "scopes": frozenset({"s"}),
    }
    return Credentials(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("life", "rest"),
    [
        (timedelta(minutes=60), timedelta(minutes=12)),
        (timedelta(hours=24), timedelta(hours=4, minutes=48)),
        (timedelta(days=14), timedelta(days=7)),
        (timedelta(days=60), timedelta(days=12)),
        (timedelta(days=365), timedelta(days=73)),
        # So short that a fifth would not do for a post.
        (timedelta(minutes=20), timedelta(minutes=10)),
        (timedelta(minutes=8), timedelta(minutes=4)),
        (timedelta(seconds=-5), timedelta(0)),
    ],
)
def test_a_token_is_renewed_with_a_fifth_of_its_life_or_a_week_left(life: timedelta, rest: timedelta) -> None:
    assert rules.rest_at_renewal(life, token_min=TOKEN_MIN) == rest


class TestTerms:
    def test_with_a_refresh_token_the_grant_ends_when_that_does(self) -> None:
        terms = rules.terms(credentials(), can_renew=True, now=NOW, token_min=TOKEN_MIN)
        assert terms.is_renewable
        assert terms.grant_ends_at == NOW + timedelta(days=365)
        assert terms.renew_at == NOW + timedelta(days=48)

    @pytest.mark.parametrize(("refresh", "can_renew"), [(None, True), (Secret(""), True), (Secret("r"), False)])
    def test_without_one_or_without_a_way_to_use_it_the_grant_ends_with_the_token(
        self, refresh: Secret | None, can_renew: bool
    ) -> None:
        found = rules.terms(credentials(refresh_token=refresh), can_renew=can_renew, now=NOW, token_min=TOKEN_MIN)
        assert (found.is_renewable, found.renew_at) == (False, None)
        assert found.grant_ends_at == NOW + timedelta(days=60)


class TestAnswers:
    @pytest.mark.parametrize("refresh", [None, Secret("")])
    def test_an_answer_without_a_refresh_token_keeps_the_stored_one(self, refresh: Secret | None) -> None:
        new = credentials(access_token=Secret("new"), refresh_token=refresh, refresh_expires_at=None)
        kept = rules.keep_refresh(credentials(), new)
        assert (kept.access_token, kept.refresh_token) == (Secret("new"), Secret("r"))
        assert kept.refresh_expires_at == NOW + timedelta(days=365)

    def test_a_new_refresh_token_replaces_the_stored_one(self) -> None:
        assert rules.keep_refresh(credentials(), credentials(refresh_token=Secret("r2"))).refresh_token == Secret("r2")

    @pytest.mark.parametrize("name", ["expires_at", "refresh_expires_at"])
    def test_an_end_in_2058_is_a_misread_number(self, name: str) -> None:
        with pytest.raises(ProtocolViolation):
            rules.check_life(credentials(**{name: datetime(2058, 1, 1, tzinfo=UTC)}), now=NOW)

    def test_a_year_is_a_life_that_networks_give(self) -> None:
        rules.check_life(credentials(), now=NOW)


class TestRetries:
    def test_they_come_more_often_as_the_end_comes_nearer(self) -> None:
        assert rules.retry_in(timedelta(days=12), chance=0.5) == timedelta(hours=6)
        assert rules.retry_in(timedelta(minutes=30), chance=0.5) == timedelta(minutes=3)
        assert rules.retry_in(timedelta(seconds=-1), chance=0.5) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("days_left", "reminded", "due"),
    [
        (14.1, None, None),
        (14, None, 14),
        (10, 14, None),
        (7, 14, 7),
        (6.5, None, 7),
        (3, 7, None),
        (1, 7, 1),
        (0.2, None, 1),
        (0.2, 1, None),
        (0, None, None),
        (-1, 7, None),
    ],
)
def test_each_reminder_is_due_once_and_a_missed_one_is_not_made_up_for(
    days_left: float, reminded: int | None, due: int | None
) -> None:
    assert rules.due_reminder(timedelta(days=days_left), reminded_days=reminded) == due
