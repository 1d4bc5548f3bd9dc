"""Pure decisions about platforms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.sdk.errors import (
    CapabilityMissing,
    ConfigurationInvalid,
    OutcomeUnknown,
    ProtocolViolation,
    RateLimited,
    ReauthRequired,
    Rejected,
    VendorUnavailable,
)
from connectors.sdk.manifest import CostBasis
from services.core.platforms import rules
from services.core.platforms.models import PushState
from services.core.platforms.rules import Proof
from tests.fixtures.platform import MANIFEST

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class TestMoves:
    def test_nothing_that_may_have_arrived_leads_to_a_state_that_sends(self) -> None:
        for state in PushState:
            if state not in (PushState.PLANNED, PushState.PUSHING):
                assert not rules.MOVES[state] & {PushState.PLANNED, PushState.PUSHING}, state

    def test_every_state_is_in_the_table(self) -> None:
        assert set(rules.MOVES) == set(PushState)


class TestProof:
    @pytest.mark.parametrize(
        ("error", "proof"),
        [
            (RateLimited(NOW), Proof.NOT_SENT),
            (VendorUnavailable(), Proof.NOT_SENT),
            (Rejected("no", "No."), Proof.REFUSED),
            (CapabilityMissing(), Proof.REFUSED),
            (ReauthRequired(), Proof.NOT_LET_IN),
            (ConfigurationInvalid(), Proof.NOT_LET_IN),
            (OutcomeUnknown(), Proof.NOTHING),
            (ProtocolViolation(), Proof.NOTHING),
            (TimeoutError(), Proof.NOTHING),
            (KeyError("a bug of a connector"), Proof.NOTHING),
        ],
    )
    def test_only_proof_that_nothing_was_sent_counts(self, error: Exception, proof: Proof) -> None:
        assert rules.proof_of(error) is proof


class TestLookUps:
    def test_the_platform_is_asked_after_one_five_and_thirty_minutes_and_then_a_person(self) -> None:
        found = [rules.next_look_up(NOW, look_ups=number) for number in range(4)]
        assert found == [NOW + timedelta(minutes=minutes) for minutes in (1, 5, 30)] + [None]


class TestSafetyStop:
    @pytest.mark.parametrize(
        ("removals", "members", "unsafe"),
        [(5, 5, False), (6, 60, False), (6, 59, True), (100, 1000, False), (101, 1000, True), (0, 0, False)],
    )
    def test_more_than_five_and_more_than_a_tenth(self, removals: int, members: int, unsafe: bool) -> None:
        assert rules.is_unsafe(removals=removals, members=members) is unsafe

    def test_a_hash_names_one_difference_in_whatever_order(self) -> None:
        assert rules.diff_hash(["b", "a"], ["c"]) == rules.diff_hash(["a", "b"], ["c"])
        assert rules.diff_hash(["a"], ["b"]) != rules.diff_hash(["b"], ["a"])


class TestSettings:
    @pytest.mark.parametrize(
        "address",
        [
            "http://api.noticeboard.example", "https://127.0.0.1", "https://localhost", "https://10.1.2.3",
            "https://[::1]/", "https://u:p@noticeboard.example", "https://169.254.169.254/", "https://db.internal",
        ],
    )  # fmt: skip
    def test_an_organization_leads_us_to_public_hosts_alone(self, address: str) -> None:
        given = {"client_id": "us", "client_secret": "x", "api_url": address}
        problems = rules.settings_problems(MANIFEST, given, operators={})
        assert [(one.pointer, one.code) for one in problems] == [("/settings/api_url", "not_public")]

    def test_a_place_inside_is_one_that_the_operator_allows(self) -> None:
        given = {"client_id": "us", "client_secret": "x", "api_url": "http://intranet.example:9000/"}
        assert rules.settings_problems(MANIFEST, given, operators={})
        assert rules.settings_problems(MANIFEST, given, operators={}, allow=("intranet.example:9001",))
        assert rules.settings_problems(MANIFEST, given, operators={}, allow=("intranet.example:9000",)) == []

    def test_a_secret_of_the_operators_is_sent_to_no_address_of_an_organization(self) -> None:
        given = {"client_id": "us", "api_url": "https://collector.example"}
        (problem,) = rules.settings_problems(MANIFEST, given, operators={"client_secret": "x"})
        assert (problem.pointer, problem.code) == ("/settings/api_url", "operators_own")
        assert rules.settings_problems(MANIFEST, {**given, "client_secret": "own"}, operators={}) == []

    def test_what_the_operator_has_set_is_not_missing(self) -> None:
        assert rules.settings_problems(MANIFEST, {"client_id": "us"}, operators={"client_secret": "x"}) == []

    def test_only_what_stays_on_this_machine_is_a_rehearsal(self) -> None:
        assert not rules.is_rehearsal(MANIFEST, {})
        assert rules.is_rehearsal(MANIFEST, {"api_url": "http://127.0.0.1:8400"})
        assert rules.is_rehearsal(MANIFEST, {"api_url": "http://localhost:8400"})
        assert not rules.is_rehearsal(MANIFEST, {"api_url": "http://127.0.0.1.evil.example"})


class TestCost:
    @pytest.mark.parametrize(
        ("basis", "price", "amount"),
        [
            (CostBasis.PER_SEAT, Decimal("2.5"), Decimal("10.0")),
            (CostBasis.PER_POST, None, None),
            (CostBasis.FLAT, Decimal(99), Decimal(99)),
            (CostBasis.FREE, None, Decimal(0)),
            (None, Decimal(5), None),
        ],
    )
    def test_what_is_not_known_is_not_nothing(
        self, basis: CostBasis | None, price: Decimal | None, amount: Decimal | None
    ) -> None:
        assert rules.cost_of(basis, price=price, units=4).amount == amount


class TestShowing:
    def test_the_number_of_people_decides_and_shares_stand_in_for_it(self) -> None:
        assert rules.show_counts({"sharers": 5, "clicks": 2}, {}, k=5)[0] == {"sharers": 5, "clicks": 2}
        assert rules.show_counts({"shares": 4, "clicks": 90}, {}, k=5) == (
            {}, {"shares": "small_group", "clicks": "small_group"},
        )  # fmt: skip

    def test_without_either_what_the_platforms_people_do_is_not_shown(self) -> None:
        shown, missing = rules.show_counts({"views": 50, "clicks": 90}, {"shares": "no_data"}, k=5)
        assert (shown, missing) == ({"clicks": 90}, {"shares": "no_data", "views": "small_group"})


class TestReadings:
    def test_they_are_hourly_at_first_and_daily_then(self) -> None:
        assert rules.next_reading(NOW, now=NOW + timedelta(hours=3)) == NOW + timedelta(hours=4)
        assert rules.next_reading(NOW, now=NOW + timedelta(days=3)) == NOW + timedelta(days=4)
