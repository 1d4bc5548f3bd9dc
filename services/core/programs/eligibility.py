"""Who qualifies for a benefit, condition by condition: what is asked, what is so, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.core.kit.texts import Language, Text
from services.core.programs.models import Benefit


class Condition(StrEnum):
    """What a benefit can ask for."""

    ACTIVE = "active"
    PUBLISHED_SHARES = "published_shares"
    DAYS_IN_PROGRAM = "days_in_program"
    CERTIFICATE = "certificate"


@dataclass(frozen=True)
class Standing:
    """What is known of one member of a program. Only that person ever sees it."""

    is_active: bool
    #: Whole days since they joined.
    days_in_program: int
    #: Training modules of which they hold a valid certificate.
    certificates: Collection[UUID] = ()
    #: Their published shares in the program within so many days.
    published: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """One condition, and whether it is met."""

    condition: Condition
    is_met: bool
    #: How much is asked, and how much there is; None for a yes or no.
    wanted: int | None
    found: int | None
    _words: Text
    _values: Mapping[str, object]

    def in_language(self, language: Language) -> str:
        """Why, or what is missing, for a reader of ``language``."""
        return self._words.in_language(language, **self._values)


_MET = {
    Condition.ACTIVE: Text(en="You are an active ambassador.", he="החברות שלך בתוכנית פעילה."),
    Condition.PUBLISHED_SHARES: Text(
        en="Your published shares in the last {days} days: {found}; asked: {wanted}.",
        he="שיתופים שלך שפורסמו ב-{days} הימים האחרונים: {found}; נדרשים: {wanted}.",
    ),
    Condition.DAYS_IN_PROGRAM: Text(
        en="Your days in the programme: {found}; asked: {wanted}.",
        he="ימי הוותק שלך בתוכנית: {found}; נדרשים: {wanted}.",
    ),
    Condition.CERTIFICATE: Text(
        en="You hold a valid certificate of the training.", he="ההסמכה שלך בהדרכה הנדרשת בתוקף."
    ),
}
_MISSING = {
    Condition.ACTIVE: Text(
        en="Finish your first steps in the programme: GET /v1/me/onboarding shows what is left.",
        he="יש להשלים את הצעדים הראשונים בתוכנית: ‎GET /v1/me/onboarding‎ מראה מה נותר.",
    ),
    Condition.PUBLISHED_SHARES: Text(
        en="Published shares still missing: {left} (so far {found} of {wanted} in the last {days} days).",
        he="שיתופים שעוד חסרים: {left} (עד כה פורסמו {found} מתוך {wanted}, ב-{days} הימים האחרונים).",
    ),
    Condition.DAYS_IN_PROGRAM: Text(
        en="Days in the programme still missing: {left} (so far {found} of {wanted}).",
        he="ימי ותק בתוכנית שעוד חסרים: {left} (עד כה {found} מתוך {wanted}).",
    ),
    Condition.CERTIFICATE: Text(
        en="A valid certificate of the training is missing: GET /v1/me/training shows how to get it.",
        he="חסרה הסמכה בתוקף בהדרכה הנדרשת: ‎GET /v1/me/training‎ מראה כיצד משיגים אותה.",
    ),
}


def is_within_dates(benefit: Benefit, today: date) -> bool:
    """Whether a benefit is given on a day where the organization is."""
    return (benefit.valid_from is None or benefit.valid_from <= today) and (
        benefit.valid_until is None or today <= benefit.valid_until
    )


def judge(benefit: Benefit, standing: Standing) -> list[Judged]:
    """Each condition of a benefit for one member, in a fixed order. Who meets all of them qualifies."""
    judged = []
    if benefit.must_be_active:
        judged.append(_judged(Condition.ACTIVE, standing.is_active))
    if benefit.min_published_shares is not None and benefit.published_within_days is not None:
        found = standing.published.get(benefit.published_within_days, 0)
        judged.append(
            _counted(
                Condition.PUBLISHED_SHARES, benefit.min_published_shares, found, days=benefit.published_within_days
            )
        )
    if benefit.min_days_in_program is not None:
        judged.append(_counted(Condition.DAYS_IN_PROGRAM, benefit.min_days_in_program, standing.days_in_program))
    if benefit.training_module_id is not None:
        judged.append(_judged(Condition.CERTIFICATE, benefit.training_module_id in standing.certificates))
    return judged


def qualifies(benefit: Benefit, standing: Standing, *, by_activity: bool = True) -> bool:
    """Whether a member meets a benefit's conditions; without ``by_activity`` those alone that are no activity."""
    return all(
        one.is_met for one in judge(benefit, standing) if by_activity or one.condition is not Condition.PUBLISHED_SHARES
    )


def _judged(condition: Condition, is_met: bool) -> Judged:
    return Judged(condition, is_met, None, None, (_MET if is_met else _MISSING)[condition], {})


def _counted(condition: Condition, wanted: int, found: int, **values: object) -> Judged:
    is_met = found >= wanted
    known = {**values, "wanted": wanted, "found": found, "left": max(wanted - found, 0)}
    return Judged(condition, is_met, wanted, found, (_MET if is_met else _MISSING)[condition], known)
