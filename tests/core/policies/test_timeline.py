"""Which version binds at a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.core.policies.models import VersionState
from services.core.policies.timeline import BindingRules, Dated, binding, span_of

T = datetime(2030, 1, 15, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POLICY = uuid4()


def rules(number: int, begins: datetime | None, *, policy_id: UUID = POLICY) -> BindingRules:
    """A version of a policy."""
    return BindingRules(uuid4(), policy_id, number, None, begins, [])


def numbers(versions: list[BindingRules], at: datetime) -> list[int]:
    """What binds."""
    return [version.number for version in binding(versions, at=at)]


class TestBinding:
    def test_exactly_at_its_moment_the_new_version_binds_and_the_old_one_until_then(self) -> None:
        versions = [rules(1, None), rules(2, T)]
        assert numbers(versions, T - TICK) == [1]
        assert numbers(versions, T) == [2]

    def test_nothing_binds_before_the_first_version_begins(self) -> None:
        assert numbers([rules(1, T)], T - TICK) == []

    def test_a_newer_version_that_began_earlier_is_not_replaced_by_an_older_one(self) -> None:
        versions = [rules(1, None), rules(2, T + timedelta(days=9)), rules(3, T)]
        assert numbers(versions, T + timedelta(days=20)) == [3]

    def test_each_policy_has_its_own_newest(self) -> None:
        assert sorted(numbers([rules(4, None), rules(7, None, policy_id=uuid4())], T)) == [4, 7]


class TestSpan:
    def test_a_version_is_scheduled_then_in_force_then_superseded(self) -> None:
        first = Dated(uuid4(), 1, T, VersionState.SCHEDULED)
        second = Dated(uuid4(), 2, T + timedelta(days=1), VersionState.SCHEDULED)
        states = [
            (span_of(one.id, [first, second], at=at).state, span_of(one.id, [first, second], at=at).until)
            for at in (T - TICK, T, T + timedelta(days=1))
            for one in (first, second)
        ]
        ends = second.effective_from
        assert states == [
            (VersionState.SCHEDULED, ends), (VersionState.SCHEDULED, None),
            (VersionState.PUBLISHED, ends), (VersionState.SCHEDULED, None),
            (VersionState.SUPERSEDED, ends), (VersionState.PUBLISHED, None),
        ]  # fmt: skip

    def test_what_was_never_published_is_a_draft(self) -> None:
        assert span_of(uuid4(), [], at=T).state is VersionState.DRAFT
