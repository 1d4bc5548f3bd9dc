"""What policies refuse."""

from __future__ import annotations

from services.core.kit.errors import Conflict, Invalid, NotAllowed
from services.core.kit.texts import Text


class SameAuthor(Conflict):
    """Whoever wrote a version does not publish it."""

    code = "same_author"
    title = Text(en="You wrote this version", he="כתבת את הגרסה הזו")
    detail = Text(
        en="A version is published by somebody else than who wrote it. Ask another approver.",
        he="גרסה מתפרסמת על ידי מי שלא כתב אותה. יש לפנות למאשר/ת אחר/ת.",
    )


class NotADraft(Conflict):
    """Only a draft can be published, and once."""

    code = "version_not_draft"
    title = Text(en="This version is no draft", he="גרסה זו אינה טיוטה")
    detail = Text(
        en="The version is {state}. A change is a new version: write one, and have it published.",
        he="מצב הגרסה: {state}. שינוי נעשה בגרסה חדשה: יש לכתוב אותה ולבקש את פרסומה.",
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


class ApprovalsMissing(Conflict):
    """A version is published once each named function has approved its wording."""

    code = "policy_approvals_missing"
    title = Text(en="Approvals are missing", he="חסרים אישורים")
    detail = Text(
        en="Still to approve: {missing_en}. Each does so in person at POST "
        "/v1/policies/{policy_id}/versions/{version_id}/approvals; then publish again.",
        he="ממתינים לאישור: {missing_he}. האישור ניתן אישית באמצעות POST "
        "/v1/policies/{policy_id}/versions/{version_id}/approvals, ולאחר מכן ניתן לפרסם.",
    )


class VersionRefused(Conflict):
    """The holder of a function has refused the wording."""

    code = "policy_version_refused"
    title = Text(en="This wording was refused", he="הנוסח הזה נדחה")
    detail = Text(
        en="{name} ({function_en}) refused it: {reason} Write a new version that answers this, or ask them to approve "
        "this one after all.",
        he="הנוסח נדחה על ידי {name} ({function_he}): {reason} יש לכתוב גרסה חדשה שעונה על כך, "
        "או לבקש אישור לגרסה זו בכל זאת.",
    )


class FunctionNotHeld(NotAllowed):
    """Only who holds a function approves for it."""

    code = "policy_function_not_held"
    title = Text(en="Somebody else approves this", he="האישור שייך לבעלי תפקיד אחרים")
    detail = Text(
        en="A version is approved by those who hold the functions: {who_en}.",
        he="גרסה מאושרת על ידי מי שממלאים את התפקידים: {who_he}.",
    )


class FunctionNotSaid(Invalid):
    """Who holds several functions says for which they answer."""

    code = "policy_function_missing"
    title = Text(en="For which function?", he="עבור איזה תפקיד?")
    detail = Text(
        en="You hold both functions. Say in `function` for which you answer: policy or spokesperson.",
        he="שני התפקידים בידך. יש לציין ב-function עבור איזה מהם ניתנת התשובה: policy או spokesperson.",
    )


class BothFunctions(Conflict):
    """Two people look at a version."""

    code = "policy_two_people"
    title = Text(en="A second person has to approve", he="נדרש אישור של אדם נוסף")
    detail = Text(
        en="You have approved this version for the other function. Ask another holder; if you alone hold both, the "
        "owner of your organization can allow it with PUT /v1/policies/{policy_id}/approval-rules.",
        he="כבר אישרת גרסה זו עבור התפקיד האחר. יש לפנות לבעל תפקיד נוסף; אם שני התפקידים בידך בלבד, "
        "בעלי הארגון יכולים לאפשר זאת באמצעות PUT /v1/policies/{policy_id}/approval-rules.",
    )


class OwnVersion(Conflict):
    """Whoever wrote a version does not approve it."""

    code = "own_policy_version"
    title = Text(en="You wrote this version", he="כתבת את הגרסה הזו")
    detail = Text(
        en="A version is approved by somebody else than who wrote it. Ask another holder of the function, or have one "
        "named.",
        he="גרסה מאושרת על ידי מי שלא כתב אותה. יש לפנות לבעל תפקיד אחר, או לבקש שימונה כזה.",
    )


class OtherWording(Conflict):
    """An approval names the exact bytes that were read."""

    code = "policy_wording_changed"
    title = Text(en="This is not the wording of the version", he="זה אינו הנוסח של הגרסה")
    detail = Text(
        en="Read the version again and send its `content_hash` as it is.",
        he="יש לקרוא את הגרסה שוב ולשלוח את ה-content_hash שלה כפי שהוא.",
    )


class ProgramNamesHolders(Conflict):
    """A program's functions are held by those it names responsible."""

    code = "policy_holders_of_program"
    title = Text(en="The program names who approves", he="בעלי התפקידים נקבעים בתוכנית")
    detail = Text(
        en="This policy belongs to a program. Name its holders at POST /v1/programs/{program_id}/responsibilities, and "
        "leave `approvers` empty here.",
        he="המדיניות שייכת לתוכנית. יש למנות את בעלי התפקידים באמצעות POST /v1/programs/{program_id}/responsibilities, "
        "ולהשאיר כאן את approvers ריק.",
    )


class DateNotInTheFuture(Invalid):
    """A version takes effect at once or later."""

    code = "effective_from_passed"
    title = Text(en="This moment has passed", he="המועד הזה כבר חלף")
    detail = Text(
        en="Give a moment in the future in `effective_from`, or leave it out: then the version is in force at once.",
        he="יש לתת ב-effective_from מועד עתידי, או להשמיט אותו: אז הגרסה נכנסת לתוקף מיד.",
    )


class ContentBroken(Conflict):
    """A rule stops what ambassadors would be offered."""

    code = "content_breaks_policy"
    title = Text(en="A rule stands against this content", he="כלל במדיניות אינו מאפשר תוכן זה")
    detail = Text(
        en="Nobody could share it as it is. Change the variants listed under errors, and submit again.",
        he="לא ניתן יהיה לשתף אותו כפי שהוא. יש לשנות את הנוסחים המופיעים תחת errors ולהגיש שוב.",
    )


class NotInForce(Conflict):
    """Nothing is published under a policy that is only a draft."""

    code = "policy_not_in_force"
    title = Text(en="The policy is not in force yet", he="המדיניות עדיין אינה בתוקף")
    detail = Text(
        en="This program has a policy, but no version of it is in force{from_en}. Content goes out once one is: have "
        "it approved and published.",
        he="לתוכנית יש מדיניות, אך אף גרסה שלה אינה בתוקף{from_he}. "
        "ניתן לפרסם תוכן כשתהיה גרסה בתוקף: יש לאשר ולפרסם אותה.",
    )
