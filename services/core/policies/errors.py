"""What policies refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid
from services.core.kit.texts import Text


class SameAuthor(Conflict):
    """Whoever wrote a version does not publish it."""

    code = "same_author"
    title = Text(en="You wrote this version", he="כתבת את הגרסה הזו")
    detail = Text(
        en="A version is published by somebody else than who wrote it. Ask another approver.",
        he="גרסה מתפרסמת על ידי מי שלא כתב אותה. יש לפנות למאשר אחר.",
    )


class NotADraft(Conflict):
    """Only a draft can be published, and once."""

    code = "version_not_draft"
    title = Text(en="This version is no draft", he="גרסה זו אינה טיוטה")
    detail = Text(
        en="The version is {state}. A change is a new version: write one, and have it published.",
        he="הגרסה במצב {state}. שינוי נעשה בגרסה חדשה: יש לכתוב אותה ולבקש את פרסומה.",
    )


class OlderVersion(Conflict):
    """A version cannot replace a newer one."""

    code = "version_outdated"
    title = Text(en="A newer version is published", he="פורסמה גרסה חדשה יותר")
    detail = Text(
        en="Version {current} is in force already. Write a new version with these words if you want them back.",
        he="גרסה {current} כבר בתוקף. כדי לחזור לנוסח זה יש לכתוב גרסה חדשה.",
    )


class TextsMissing(Invalid):
    """A version is published with a text in every language of its readers."""

    code = "policy_texts_missing"
    title = Text(en="Texts are missing", he="חסרים טקסטים")
    detail = Text(
        en="There is no text in: {languages}. Write a new version that has them all.",
        he="אין טקסט בשפות: {languages}. יש לכתוב גרסה חדשה שכוללת את כולן.",
    )


class NotCurrent(Conflict):
    """Only what is in force can be acknowledged."""

    code = "version_not_current"
    title = Text(en="This is not the current version", he="זו אינה הגרסה העדכנית")
    detail = Text(
        en="The current version is {current}. Read that one and acknowledge it.",
        he="הגרסה העדכנית היא {current}. יש לקרוא ולאשר אותה.",
    )


class NothingPublished(Conflict):
    """The policy has no version in force."""

    code = "policy_not_published"
    title = Text(en="Nothing is published yet", he="עדיין לא פורסמה גרסה")
    detail = Text(
        en="This policy has no published version, so there is nothing to acknowledge. You will be asked when there is.",
        he="למדיניות זו אין גרסה שפורסמה, ולכן אין מה לאשר. תתקבל בקשה כשתהיה.",
    )


class NotInThisLanguage(Invalid):
    """A person acknowledges what they could read."""

    code = "policy_language_missing"
    title = Text(en="There is no text in this language", he="אין טקסט בשפה זו")
    detail = Text(
        en="Choose a language the version is written in: {languages}.",
        he="יש לבחור שפה שבה הגרסה כתובה: {languages}.",
    )
