"""By when a need is answered, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, time
from uuid import uuid4

import pytest

from services.core.needs import rules
from services.core.needs.models import NeedTopic
from services.core.programs.models import Function, Responsibility

DESK = rules.Desk(16, (1, 2, 3, 4, 7), time(9), time(17), "Asia/Jerusalem")


def holder(function: Function) -> Responsibility:
    """Somebody responsible."""
    return Responsibility(organization_id=uuid4(), program_id=uuid4(), function=function, employee_id=uuid4())


class TestDue:
    @pytest.mark.parametrize(
        ("asked", "due"),
        [
            # Sunday at noon in Jerusalem: five hours on Sunday, eight on Monday, three on Tuesday.
            (datetime(2027, 1, 10, 10, tzinfo=UTC), datetime(2027, 1, 12, 10, tzinfo=UTC)),
            # Thursday evening: Friday and Saturday do not count.
            (datetime(2027, 1, 14, 18, tzinfo=UTC), datetime(2027, 1, 18, 15, tzinfo=UTC)),
            # Early in the morning of a working day.
            (datetime(2027, 1, 11, 2, tzinfo=UTC), datetime(2027, 1, 12, 15, tzinfo=UTC)),
        ],
    )
    def test_only_working_hours_count(self, asked: datetime, due: datetime) -> None:
        assert rules.due_at(asked, DESK) == due

    def test_a_desk_that_is_never_open_is_none(self) -> None:
        with pytest.raises(ValueError, match="open on some day"):
            rules.due_at(datetime(2027, 1, 10, tzinfo=UTC), rules.Desk(1, (), time(9), time(17), "UTC"))


class TestHolders:
    def test_the_first_function_that_somebody_employed_holds_answers(self) -> None:
        content, owner = holder(Function.CONTENT), holder(Function.OWNER)
        both = {content.employee_id, owner.employee_id}
        assert rules.holders(NeedTopic.CONTENT, [owner, content], employed=both) == [content.employee_id]
        assert rules.holders(NeedTopic.CONTENT, [owner, content], employed={owner.employee_id}) == [owner.employee_id]
        assert rules.holders(NeedTopic.SUPPORT, [owner, content], employed=both) == [owner.employee_id]
        assert rules.holders(NeedTopic.SUPPORT, [content], employed=both) == []
