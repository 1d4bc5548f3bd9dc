"""Who sees what of a person, said to that person; the roles are those that the API lets in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.sdk.manifest import PersonData
from services.core.kit.db import organization_of
from services.core.kit.schemas import ReadModel
from services.core.kit.texts import Language, Text
from services.core.organizations.models import Role
from services.core.organizations.rules import ROLE_PERMISSIONS, Permission
from services.core.platforms import repository
from services.core.platforms.models import AudienceMember, PlatformConnection
from services.core.platforms.vendors import manifest_of


class What(StrEnum):
    """A kind of fact about a person."""

    DIRECTORY = "directory"
    MEMBERSHIP = "membership"
    TEXT_IN_REVIEW = "text_in_review"
    SUMS = "sums"
    ACTIVITY = "activity"
    PREFERENCES = "preferences"
    ACCOUNTS = "accounts"
    PLATFORM = "platform"


_WORDS = {
    What.DIRECTORY: Text(
        en="Your name, work address and job, as your employer's directory says them.",
        he="שמך, כתובת העבודה והתפקיד, כפי שהם רשומים במערכת משאבי האנוש של המעסיק.",
    ),
    What.MEMBERSHIP: Text(
        en="That you take part in a program, and that you agreed to its policy.",
        he="שהצטרפת לתוכנית, ושהסכמת למדיניות שלה.",
    ),
    What.TEXT_IN_REVIEW: Text(
        en="A text of yours that waits for an editor because many colleagues say the same; not that it is yours.",
        he="נוסח שלך הממתין לקריאת עורך/ת משום שעמיתים רבים כותבים אותו דבר; לא שהוא שלך.",
    ),
    What.SUMS: Text(
        en="Numbers over groups of at least {k} people, in which you are counted.",
        he="מספרים על קבוצות של {k} אנשים לפחות, שגם הנתונים שלך נכללים בהן.",
    ),
    What.ACTIVITY: Text(
        en="What you share, when, what came of it, and what you say no to.",
        he="מה שיתפת, מתי, מה יצא מזה, ולמה סירבת.",
    ),
    What.PREFERENCES: Text(
        en="Your hours, caps, holidays and pauses.", he="השעות, המכסות, החגים וההפסקות שלך."
    ),
    What.ACCOUNTS: Text(
        en="Which accounts of yours are connected.", he="אילו חשבונות שלך מחוברים."
    ),
}  # fmt: skip
_PLATFORM = {
    PersonData.NOTHING: Text(
        en="In {title}, where your employer let you in: nothing of single people.",
        he="ב-{title}, שהמעסיק הכניס אותך אליה: שום דבר על אנשים יחידים.",
    ),
    PersonData.COUNTS: Text(
        en="In {title}, where your employer let you in: how much each person shares, as that product shows it.",
        he="ב-{title}, שהמעסיק הכניס אותך אליה: כמה כל אדם משתף, כפי שהמוצר מציג.",
    ),
    PersonData.EVERYTHING: Text(
        en="In {title}, where your employer let you in: what each person shares, as that product shows it.",
        he="ב-{title}, שהמעסיק הכניס אותך אליה: מה כל אדם משתף, כפי שהמוצר מציג.",
    ),
    None: Text(
        en="In {title}, where your employer let you in: we do not know what that product shows. Ask before you use it.",
        he="ב-{title}, שהמעסיק הכניס אותך אליה: איננו יודעים מה המוצר מציג. כדאי לשאול לפני השימוש.",
    ),
}

#: What opens each kind of fact; what nothing opens is the person's own.
_OPENED_BY = {
    What.DIRECTORY: Permission.EMPLOYEES_READ,
    What.MEMBERSHIP: Permission.AMBASSADORS_READ,
    What.TEXT_IN_REVIEW: Permission.CONTENT_REVIEW,
    What.SUMS: Permission.REPORTS_READ,
}


@dataclass(frozen=True)
class Seen:
    """One kind of fact, and who sees it besides the person; empty: nobody."""

    what: What
    words: str
    roles: tuple[Role, ...]


class SeenRead(ReadModel):
    """One kind of fact about you, and the roles that see it; an empty list means: nobody but you."""

    what: What
    words: str
    roles: list[Role]


def of_the_product(language: Language, *, k: int) -> list[Seen]:
    """The same for everybody."""
    return [
        Seen(
            what,
            words.in_language(language, k=k),
            tuple(role for role in Role if what in _OPENED_BY and _OPENED_BY[what] in ROLE_PERMISSIONS[role]),
        )
        for what, words in _WORDS.items()
    ]


async def of_platforms(session: AsyncSession, employee_id: UUID, language: Language) -> list[Seen]:
    """What an employer sees in each platform that the person was let into through us, as its connector declares."""
    statement = (
        select(PlatformConnection)
        .join(
            AudienceMember,
            (col(AudienceMember.organization_id) == PlatformConnection.organization_id)
            & (col(AudienceMember.platform_connection_id) == PlatformConnection.id),
        )
        .where(
            PlatformConnection.organization_id == organization_of(session),
            AudienceMember.employee_id == employee_id,
            col(AudienceMember.state).in_(repository.SEATED),
        )
        .order_by(col(PlatformConnection.id))
    )
    found = []
    for connection in {row.id: row for row in (await session.exec(statement)).all()}.values():
        manifest = manifest_of(connection)
        shows = manifest.fit.person_data if manifest is not None else None
        words = _PLATFORM[shows].in_language(language, title=connection.title)
        roles = () if shows is PersonData.NOTHING else (Role.OWNER, Role.PROGRAM_MANAGER)
        found.append(Seen(What.PLATFORM, words, roles))
    return found
