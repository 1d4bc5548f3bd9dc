"""The words of our messages, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.core.kit.texts import Text


class MessageKind(StrEnum):
    """What a message is about."""

    INVITATION = "invitation"
    INVITATION_REMINDER = "invitation_reminder"
    NOMINATION = "nomination"
    CALL_SIGN_IN = "call_sign_in"
    APPLICATION_RECEIVED = "application_received"
    APPLICATION_ACCEPTED = "application_accepted"
    APPLICATION_WAITING = "application_waiting"
    APPLICATION_REFUSED = "application_refused"
    PLACE_FREE = "place_free"
    FIRST_STEPS = "first_steps"
    READY_TO_SHARE = "ready_to_share"
    MEMBERSHIP_ENDED = "membership_ended"
    SIGN_IN = "sign_in"
    PUBLICATION_PUBLISHED = "publication_published"
    PUBLICATION_REJECTED = "publication_rejected"
    PUBLICATION_UNKNOWN = "publication_unknown"
    PUBLICATION_MISSED = "publication_missed"
    PUBLICATION_HELD = "publication_held"
    PUBLICATION_CANCELLED = "publication_cancelled"
    PUBLISHING_STOPPED = "publishing_stopped"
    PUBLISHING_RELEASED = "publishing_released"
    PUBLICATION_HELD_BY_RULE = "publication_held_by_rule"
    QUEUE_HELD_BY_RULE = "queue_held_by_rule"
    PUBLICATION_NOT_PUBLISHED = "publication_not_published"
    PUBLICATION_FOUND_LATER = "publication_found_later"
    PUBLICATION_REZONED = "publication_rezoned"
    TEXT_APPROVED = "text_approved"
    TEXT_DECLINED = "text_declined"
    CONNECTION_ENDING = "connection_ending"
    CONNECTION_NEEDS_RECONNECT = "connection_needs_reconnect"
    CONNECTION_PAUSED = "connection_paused"
    PLATFORM_NEEDS_ATTENTION = "platform_needs_attention"
    AUDIENCE_SYNC_FAILED = "audience_sync_failed"
    CONTENT_TO_REMOVE = "content_to_remove"
    POST_DELETED = "post_deleted"
    POST_NOT_DELETED = "post_not_deleted"
    TRAINING_INVITATION = "training_invitation"
    TRAINING_SEAT = "training_seat"
    TRAINING_MOVED = "training_moved"
    TRAINING_WAITING = "training_waiting"
    TRAINING_CANCELLED = "training_cancelled"
    TRAINING_GIVEN_BACK = "training_given_back"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_ENDING = "certificate_ending"
    CERTIFICATE_ENDED = "certificate_ended"
    TRAINING_COMES_FIRST = "training_comes_first"
    COACH_ASKED = "coach_asked"
    COACH_ANSWERED = "coach_answered"
    COACH_ASSESSED = "coach_assessed"
    NEED_SENT = "need_sent"
    NEED_ANSWERED = "need_answered"
    NEED_WRITTEN = "need_written"
    NEED_OVERDUE = "need_overdue"
    FIRST_COMMENT = "first_comment"
    PROPOSAL_ACCEPTED = "proposal_accepted"
    PROPOSAL_DECLINED = "proposal_declined"
    PROPOSAL_WAITS = "proposal_waits"
    POLICY_APPROVAL_WANTED = "policy_approval_wanted"
    POLICY_VERSION_REFUSED = "policy_version_refused"
    POLICY_VERSION_APPROVED = "policy_version_approved"
    POLICY_TO_READ = "policy_to_read"
    PUBLICATION_FOR_EDITOR = "publication_for_editor"
    TEXT_DECLINED_BY_RULE = "text_declined_by_rule"
    RESPONSIBILITY_ORPHANED = "responsibility_orphaned"
    CONTENT_PLAN_MISSING = "content_plan_missing"


@dataclass(frozen=True)
class Letter:
    """Subject and body; ``{name}`` places are filled by the sender."""

    subject: Text
    body: Text


_TOKEN_EN = "\n\nOpen this link (it works once, until it runs out):\n{link}\n\nOne-time token: {token}\n"
_TOKEN_HE = "\n\nיש לפתוח את הקישור (פועל פעם אחת, עד שתוקפו יפוג):\n{link}\n\nאסימון חד-פעמי: {token}\n"

#: When a version of a policy binds, as part of ``POLICY_TO_READ``.
IN_FORCE = Text(en="It is in force now.", he="היא בתוקף כבר עכשיו.")
IN_FORCE_FROM = Text(
    en="It takes effect on {when} ({zone}); until then the version before counts.",
    he="היא נכנסת לתוקף ב-{when} ({zone}); עד אז מחייבת הגרסה הקודמת.",
)
#: What a person can do about a post that a rule wants an editor to read.
OR_AN_EDITOR = Text(
    en="Or let an editor read it first, without your name: PATCH /v1/publications/{publication} with "
    '{{"accept_review": true}}.',
    he="אפשרות נוספת: שעורך/ת יקראו את הטקסט תחילה, בלי שמך, באמצעות ‎PATCH /v1/publications/{publication}‎ עם "
    '‎{{"accept_review": true}}‎.',
)

LETTERS: dict[MessageKind, Letter] = {
    MessageKind.RESPONSIBILITY_ORPHANED: Letter(
        Text(en="Nobody answers for this any more: {program}", he="תפקידים ללא אחראי/ת: {program}"),
        Text(
            en="Hello {name},\n\n{person} is no longer available to the programme “{program}”, and answered there for: "
            "{functions}.\n\nPlease name somebody else: POST /v1/programs/{program_id}/responsibilities. What is open "
            "is at /v1/programs/{program_id}/orphans; mandatory functions without a holder block a loud launch.\n",
            he="שלום {name},\n\nבתוכנית „{program}” נותרו תפקידים ללא אחראי/ת: {functions}. עד כה מולאו על ידי "
            "{person}, שכבר אינם זמינים לתוכנית.\n\nנא למנות אחראי/ת במקומם: POST "
            "‎/v1/programs/{program_id}/responsibilities‎. "
            "התמונה המלאה נמצאת ב-‎/v1/programs/{program_id}/orphans‎; תפקיד חובה ללא אחראי/ת מונע השקה רחבה.\n",
        ),
    ),
    MessageKind.CONTENT_PLAN_MISSING: Letter(
        Text(en="The content plan for {period} is missing: {program}", he="חסרה תוכנית תוכן ל-{period}: {program}"),
        Text(
            en="Hello {name},\n\nthe content plan of the programme “{program}” for {period} (from {starts_on}) was due "
            "on {due}, and is not there yet.\n\nPlease plan it: PUT "
            "/v1/programs/{program_id}/content-plan/periods/{period}. We write this once, to you alone; the matter is "
            "closed as soon as the plan is there.\n",
            he="שלום {name},\n\nתוכנית התוכן של „{program}” ל-{period} (החל ב-{starts_on}) הייתה אמורה להיות מוכנה עד "
            "{due}, וטרם נקבעה.\n\nנא לקבוע אותה: PUT "
            "‎/v1/programs/{program_id}/content-plan/periods/{period}‎. הודעה זו נשלחת פעם אחת ורק אליך; העניין נסגר "
            "מעצמו עם קביעת התוכנית.\n",
        ),
    ),
    MessageKind.TRAINING_INVITATION: Letter(
        Text(en="You are invited to a training: {module}", he="הזמנה להדרכה: {module}"),
        Text(
            en="Hello {name},\n\nyou are invited to “{module}” on {when} ({zone}), {where}. Trainer: {trainer}.\n\n"
            "To take the seat: POST /v1/me/training-enrolments/{enrolment}/accept. To say no: POST "
            "/v1/me/training-enrolments/{enrolment}/decline. Whoever invited you does not learn of a no.\n",
            he="שלום {name},\n\nהוזמנת להדרכה „{module}” ב-{when} ({zone}), {where}. בהנחיית {trainer}.\n\n"
            "לאישור ההשתתפות: POST ‎/v1/me/training-enrolments/{enrolment}/accept‎. לוויתור: POST "
            "‎/v1/me/training-enrolments/{enrolment}/decline‎. מי שהזמין אותך אינו מקבל מידע על ויתור.\n",
        ),
    ),
    MessageKind.TRAINING_SEAT: Letter(
        Text(en="You have a seat: {module}", he="נשמר לך מקום: {module}"),
        Text(
            en="Hello {name},\n\nyou have a seat in “{module}” on {when} ({zone}), {where}. Trainer: {trainer}.\n\n"
            "The calendar entry is attached. If you cannot come, give the seat back with DELETE "
            "/v1/me/training-enrolments/{enrolment}, so that somebody else gets it; no reason is needed.\n",
            he="שלום {name},\n\nנשמר לך מקום בהדרכה „{module}” ב-{when} ({zone}), {where}. בהנחיית {trainer}.\n\n"
            "הזימון ליומן מצורף. אם אין באפשרותך להגיע, ניתן לפנות את המקום ב-DELETE "
            "‎/v1/me/training-enrolments/{enrolment}‎ כדי שיעבור למישהו אחר; אין צורך בהסבר.\n",
        ),
    ),
    MessageKind.TRAINING_MOVED: Letter(
        Text(en="The training has changed: {module}", he="שינוי בהדרכה: {module}"),
        Text(
            en="Hello {name},\n\n“{module}” has changed. It now takes place on {when} ({zone}), {where}. Trainer: "
            "{trainer}.\n\nThe attached entry replaces the one in your calendar. If this does not suit you, give the "
            "seat back with DELETE /v1/me/training-enrolments/{enrolment}.\n",
            he="שלום {name},\n\nחל שינוי בהדרכה „{module}”. היא תתקיים ב-{when} ({zone}), {where}. בהנחיית {trainer}."
            "\n\nהזימון המצורף מחליף את הזימון שביומן שלך. אם המועד אינו מתאים לך, ניתן לפנות את המקום ב-DELETE "
            "‎/v1/me/training-enrolments/{enrolment}‎.\n",
        ),
    ),
    MessageKind.TRAINING_WAITING: Letter(
        Text(en="You are on the waiting list: {module}", he="המקום שלך ברשימת ההמתנה: {module}"),
        Text(
            en="Hello {name},\n\n“{module}” on {when} ({zone}), {where}, is full. You are number {place} on the "
            "waiting list, and we write as soon as a seat is yours. You need not do anything.\n",
            he="שלום {name},\n\nההדרכה „{module}” ב-{when} ({zone}), {where}, מלאה. המקום שלך ברשימת ההמתנה הוא "
            "{place}, ונעדכן ברגע שיתפנה עבורך מקום. אין צורך בפעולה.\n",
        ),
    ),
    MessageKind.TRAINING_CANCELLED: Letter(
        Text(en="The training is cancelled: {module}", he="ההדרכה בוטלה: {module}"),
        Text(
            en="Hello {name},\n\n“{module}” on {when} ({zone}) does not take place. If it was in your calendar, the "
            "attached entry removes it. Other sessions: /v1/me/training-sessions.\n",
            he="שלום {name},\n\nההדרכה „{module}” שתוכננה ל-{when} ({zone}) לא תתקיים. אם הופיעה ביומן שלך, הזימון "
            "המצורף מסיר אותה. מפגשים נוספים: ‎/v1/me/training-sessions‎.\n",
        ),
    ),
    MessageKind.TRAINING_GIVEN_BACK: Letter(
        Text(en="Your seat was given back: {module}", he="המקום שלך פונה: {module}"),
        Text(
            en="Hello {name},\n\nyou gave back your seat in “{module}” on {when} ({zone}). The attached entry removes "
            "it from your calendar. Other sessions: /v1/me/training-sessions.\n",
            he="שלום {name},\n\nפינית את המקום בהדרכה „{module}” ב-{when} ({zone}). הזימון המצורף מסיר אותה מהיומן "
            "שלך. מפגשים נוספים: ‎/v1/me/training-sessions‎.\n",
        ),
    ),
    MessageKind.CERTIFICATE_ISSUED: Letter(
        Text(en="Completed: {module}", he="הושלמה ההדרכה: {module}"),
        Text(
            en="Hello {name},\n\nyou have completed “{module}”. Your certificate is valid: {until}. "
            "What waited for it goes on by itself.\n\nWell done.\n",
            he="שלום {name},\n\nהשלמת את ההדרכה „{module}”. תוקף ההסמכה: {until}. מה שהמתין לה ימשיך מעצמו."
            "\n\nכל הכבוד.\n",
        ),
    ),
    MessageKind.CERTIFICATE_ENDING: Letter(
        Text(en="Your certificate ends soon: {module}", he="תוקף ההסמכה עומד לפוג: {module}"),
        Text(
            en="Hello {name},\n\nyour certificate for “{module}” ends on {until}. {how}\n\n"
            "Posts you have planned for after that wait until it is renewed; nothing is lost.\n",
            he="שלום {name},\n\nתוקף ההסמכה שלך ב„{module}” פג ב-{until}. {how}\n\n"
            "פוסטים שתכננת לאחר מועד זה ימתינו עד לחידוש; דבר לא יאבד.\n",
        ),
    ),
    MessageKind.CERTIFICATE_ENDED: Letter(
        Text(en="Your certificate has ended: {module}", he="תוקף ההסמכה פג: {module}"),
        Text(
            en="Hello {name},\n\n{how}\n\nPlanned posts of yours that wait for it: {posts}. Once you have renewed it, "
            "they go out at the times you chose; one whose time has passed by then is not posted late.\n",
            he="שלום {name},\n\n{how}\n\nפוסטים מתוכננים שלך שממתינים לכך: {posts}. לאחר החידוש הם יפורסמו במועדים "
            "שבחרת; פוסט שמועדו חלף עד אז לא יפורסם באיחור.\n",
        ),
    ),
    MessageKind.TRAINING_COMES_FIRST: Letter(
        Text(en="Training comes first: {program}", he="הדרכה לפני שיתוף: {program}"),
        Text(
            en="Hello {name},\n\nthe programme “{program}” asks for training before sharing. {how}\n\n"
            "Planned posts of yours that wait for it: {posts}. They go on by themselves once it is completed.\n",
            he="שלום {name},\n\nהתוכנית „{program}” דורשת הדרכה לפני שיתוף. {how}\n\n"
            "פוסטים מתוכננים שלך שממתינים לכך: {posts}. הם ימשיכו מעצמם לאחר השלמתה.\n",
        ),
    ),
    MessageKind.COACH_ASKED: Letter(
        Text(en="{person} asks you to coach them", he="{person} מבקש/ת ממך ליווי"),
        Text(
            en="Hello {name},\n\n{person} would like you to look at how their profile on {network} comes across, with "
            "a checklist. Only the two of you see it.\n\nYes: POST /v1/me/coachings/{coaching}/accept. No: POST "
            "/v1/me/coachings/{coaching}/decline.\n",
            he="שלום {name},\n\n{person} מבקש/ת את עזרתך בשיפור הפרופיל ב-{network} לפי רשימת בדיקה. רק שניכם רואים "
            "אותה.\n\nלאישור: POST ‎/v1/me/coachings/{coaching}/accept‎. לוויתור: POST "
            "‎/v1/me/coachings/{coaching}/decline‎.\n",
        ),
    ),
    MessageKind.COACH_ANSWERED: Letter(
        Text(en="Your coach has answered", he="התקבלה תשובה מהמלווה"),
        Text(
            en="Hello {name},\n\n{person} was asked to coach you on {network} and says: {answer}\n\n"
            "You can end this at any moment with DELETE /v1/me/profile-coaches/{coaching}.\n",
            he="שלום {name},\n\nפנית אל {person} לליווי בפרופיל ב-{network}, והתשובה: {answer}\n\n"
            "ניתן לסיים זאת בכל רגע ב-DELETE ‎/v1/me/profile-coaches/{coaching}‎.\n",
        ),
    ),
    MessageKind.COACH_ASSESSED: Letter(
        Text(en="Your coach has looked at your profile", he="התקבל משוב על הפרופיל שלך"),
        Text(
            en="Hello {name},\n\n{person} has gone through your checklist for {network}. Read it at "
            "/v1/profile-checklists/{checklist}. Nobody else sees it.\n",
            he="שלום {name},\n\nרשימת הבדיקה שלך עבור {network} עודכנה על ידי {person}. ניתן לקרוא אותה ב-"
            "‎/v1/profile-checklists/{checklist}‎. איש מלבדכם אינו רואה אותה.\n",
        ),
    ),
    MessageKind.NEED_SENT: Letter(
        Text(en="A request for you ({topic}): {program}", he="פנייה שממתינה לך ({topic}): {program}"),
        Text(
            en="Hello {name},\n\nsomebody in the programme “{program}” has asked for something ({topic}). Please "
            "answer by {due}: read it at /v1/needs/{need} and reply with POST /v1/needs/{need}/messages.\n",
            he="שלום {name},\n\nהתקבלה פנייה בתוכנית „{program}” ({topic}). נא להשיב עד {due}: ניתן לקרוא אותה ב-"
            "‎/v1/needs/{need}‎ ולהשיב ב-POST ‎/v1/needs/{need}/messages‎.\n",
        ),
    ),
    MessageKind.NEED_ANSWERED: Letter(
        Text(en="About what you asked for: {state}", he="בנוגע לפנייה שלך: {state}"),
        Text(
            en="Hello {name},\n\nthere is news about what you asked for in the programme “{program}”: {state}.\n\n"
            "{words}\n\nAll of it is at /v1/me/needs/{need}, and you can reply there.\n",
            he="שלום {name},\n\nיש עדכון בנוגע לפנייה שלך בתוכנית „{program}”: {state}.\n\n{words}\n\n"
            "הפנייה במלואה נמצאת ב-‎/v1/me/needs/{need}‎, וניתן להשיב שם.\n",
        ),
    ),
    MessageKind.NEED_WRITTEN: Letter(
        Text(en="More about a request: {program}", he="תוספת לפנייה: {program}"),
        Text(
            en="Hello {name},\n\na request in the programme “{program}” that you answer has a new message. Read it at "
            "/v1/needs/{need}.\n",
            he="שלום {name},\n\nלפנייה שבטיפולך בתוכנית „{program}” נוספה הודעה. ניתן לקרוא אותה ב-‎/v1/needs/{need}‎.\n",
        ),
    ),
    MessageKind.NEED_OVERDUE: Letter(
        Text(en="A request waits for an answer: {program}", he="פנייה ממתינה למענה: {program}"),
        Text(
            en="Hello {name},\n\na request ({topic}) in the programme “{program}” was to be answered by {due}, and was "
            "not. {holder}\n\nPlease see that it is answered. We write this once; it is counted in the management "
            "report until it is.\n",
            he="שלום {name},\n\nפנייה ({topic}) בתוכנית „{program}” הייתה אמורה להיענות עד {due} וטרם נענתה. {holder}"
            "\n\n"
            "נא לוודא שתיענה. הודעה זו נשלחת פעם אחת; הפנייה נספרת בדוח ההנהלה עד שתיענה.\n",
        ),
    ),
    MessageKind.FIRST_COMMENT: Letter(
        Text(en="Your first comment: {item}", he="התגובה הראשונה שלך: {item}"),
        Text(
            en="Hello {name},\n\nyour post on {network} is out. About the first comment that was to stand under it: "
            "{words}\n\nIts text:\n\n{text}\n\n{permalink}\n",
            he="שלום {name},\n\nהפוסט שלך ב-{network} פורסם. לגבי התגובה הראשונה שאמורה להופיע מתחתיו: {words}"
            "\n\nנוסח התגובה:\n\n{text}\n\n{permalink}\n",
        ),
    ),
    MessageKind.PROPOSAL_ACCEPTED: Letter(
        Text(en="Accepted: {title}", he="התקבלה: {title}"),
        Text(
            en="Hello {name},\n\nthank you: your proposal “{title}” was accepted and is a draft now, with you as one "
            "of its authors. Somebody else reviews it before it is offered.\n\nThe answer:\n\n{answer}\n",
            he="שלום {name},\n\nתודה: ההצעה שלך „{title}” התקבלה והפכה לטיוטה, ושמך מופיע בין כותביה. "
            "לפני שתוצע, היא תיבדק בידי אדם אחר.\n\nהתשובה:\n\n{answer}\n",
        ),
    ),
    MessageKind.PROPOSAL_DECLINED: Letter(
        Text(en="About your proposal: {title}", he="לגבי ההצעה שלך: {title}"),
        Text(
            en="Hello {name},\n\nthank you for proposing “{title}”. It is not taken up this time.\n\nThe answer:\n\n"
            "{answer}\n\nYou can propose something else at any time.\n",
            he="שלום {name},\n\nתודה על ההצעה „{title}”. הפעם היא לא תקודם.\n\nהתשובה:\n\n{answer}\n\n"
            "אפשר להציע משהו אחר בכל עת.\n",
        ),
    ),
    MessageKind.PROPOSAL_WAITS: Letter(
        Text(en="A proposal waits for an answer: {program}", he="הצעה ממתינה לתשובה: {program}"),
        Text(
            en="Hello {name},\n\na colleague proposed something for the programme “{program}” and was promised an "
            "answer by {due}. That has passed. Please accept or decline it, with a word why: {link}\n",
            he="שלום {name},\n\nהתקבלה הצעה לתוכנית „{program}” מתוך הארגון, והובטחה עליה תשובה עד {due}. "
            "המועד חלף. יש לקבל או לדחות אותה, עם הסבר קצר: {link}\n",
        ),
    ),
    MessageKind.POLICY_APPROVAL_WANTED: Letter(
        Text(en="Please approve: {title}, version {number}", he="ממתין לאישורך: {title}, גרסה {number}"),
        Text(
            en="Hello {name},\n\nversion {number} of the policy “{title}” has been written, and it needs your approval "
            "({functions}) before it can take effect.\n\nRead it at {path}. Then answer at {path}/approvals with the "
            "content_hash you read: approve it, or refuse it and say what would have to change.\n",
            he="שלום {name},\n\nנכתבה גרסה {number} של המדיניות „{title}”, וכדי שתיכנס לתוקף נדרש אישורך ({functions})."
            "\n\nיש לקרוא אותה ב-‎{path}‎, ואז להשיב ב-‎{path}/approvals‎ עם ה-content_hash שנקרא: לאשר, "
            "או לדחות ולציין מה יש לשנות.\n",
        ),
    ),
    MessageKind.POLICY_VERSION_REFUSED: Letter(
        Text(en="Not approved: {title}, version {number}", he="לא אושר: {title}, גרסה {number}"),
        Text(
            en="Hello {name},\n\nversion {number} of the policy “{title}” was not approved ({function}). The reason "
            "given:\n\n{reason}\n\nWrite a new version that answers this; its holders will be asked anew.\n",
            he="שלום {name},\n\nגרסה {number} של המדיניות „{title}” לא אושרה ({function}). הסיבה שניתנה:"
            "\n\n{reason}\n\nיש לכתוב גרסה חדשה שעונה על כך; בעלי התפקידים יתבקשו לאשר אותה מחדש.\n",
        ),
    ),
    MessageKind.POLICY_VERSION_APPROVED: Letter(
        Text(en="Approved: {title}, version {number}", he="אושר: {title}, גרסה {number}"),
        Text(
            en="Hello {name},\n\nevery function has approved version {number} of the policy “{title}”. Somebody who "
            "may publish can now put it into force with POST {path}/publish, at once or from a date on.\n",
            he="שלום {name},\n\nכל בעלי התפקידים אישרו את גרסה {number} של המדיניות „{title}”. כעת מי שמורשה לפרסם "
            "יכול להכניס אותה לתוקף באמצעות ‎POST {path}/publish‎, מיד או ממועד מסוים.\n",
        ),
    ),
    MessageKind.POLICY_TO_READ: Letter(
        Text(en="Please read: {title}, version {number}", he="נא לקרוא: {title}, גרסה {number}"),
        Text(
            en="Hello {name},\n\nthere is a new version of “{title}”, the policy on what we share. {when}\n\n"
            "What is new:\n{changes}\n\nRead it at {path} and agree to it at {agree}. It takes a few minutes, and is "
            "needed before your next share once the version is in force. We write this once; if you do not agree, "
            "there is nothing to do.\n",
            he="שלום {name},\n\nיש גרסה חדשה של „{title}”, המדיניות לגבי מה שמשתפים. {when}\n\n"
            "מה חדש:\n{changes}\n\nניתן לקרוא אותה ב-‎{path}‎ ולאשר ב-‎{agree}‎. זה לוקח כמה דקות, "
            "ונדרש לפני השיתוף הבא שלך מרגע שהגרסה בתוקף. הודעה זו נשלחת פעם אחת; אם אין הסכמה, אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.PUBLICATION_FOR_EDITOR: Letter(
        Text(en="An editor reads it first: {item}", he="עורך/ת יקראו תחילה: {item}"),
        Text(
            en="Hello {name},\n\na rule for posts has changed, and your planned post on {network} meets it. As you "
            "have agreed, an editor reads it first, without your name; if they agree in time it goes out as planned:"
            "\n\n{rules}\n\nYour text:\n\n{text}\n\nYou need not do anything. You can also change the text, or "
            "cancel.\n",
            he="שלום {name},\n\nכלל לגבי פוסטים השתנה, והפוסט שתכננת ב-{network} נוגע בו. כפי שהסכמת, עורך/ת יקראו "
            "אותו תחילה, בלי שמך; אם יאשרו בזמן, הוא יפורסם כמתוכנן:\n\n{rules}\n\nהטקסט שלך:\n\n{text}\n\n"
            "אין צורך לעשות דבר. ניתן גם לשנות את הטקסט או לבטל.\n",
        ),
    ),
    MessageKind.PLATFORM_NEEDS_ATTENTION: Letter(
        Text(en="{platform} needs your attention", he="{platform} דורשת את תשומת לבך"),
        Text(
            en="Hello {name},\n\nthe connection “{title}” to {platform} does not work any more: {words}\n\n"
            "Nothing goes into it and nothing comes back until it is put right. What was planned waits, and nothing is "
            "lost. Read it at /v1/platform-connections/{connection}, correct its settings or sign in again, and check "
            "it there.\n",
            he="שלום {name},\n\nהחיבור „{title}” אל {platform} אינו פועל עוד: {words}\n\n"
            "דבר אינו נשלח דרכו ואינו מתקבל ממנו עד לתיקון. מה שתוכנן ממתין, ודבר לא יאבד. יש לקרוא אותו ב-"
            "‎/v1/platform-connections/{connection}‎, לתקן את ההגדרות או להתחבר שוב, ולבדוק אותו שם.\n",
        ),
    ),
    MessageKind.AUDIENCE_SYNC_FAILED: Letter(
        Text(en="People of {platform} could not be compared", he="ההשוואה מול אנשי {platform} לא הושלמה"),
        Text(
            en="Hello {name},\n\nletting people into “{title}” ({platform}) and out of it has stopped. {next}\n\n"
            "Read it at /v1/audience-syncs/{sync}.\n",
            he="שלום {name},\n\nצירוף אנשים ל„{title}” ({platform}) והסרתם נעצרו. {next}\n\n"
            "הפרטים: ‎/v1/audience-syncs/{sync}‎.\n",
        ),
    ),
    MessageKind.CONTENT_TO_REMOVE: Letter(
        Text(en="Please remove “{item}” in {platform}", he="יש להסיר את „{item}” מ-{platform}"),
        Text(
            en="Hello {name},\n\n“{item}” is withdrawn or over, and {platform} lets us take nothing back. {words}\n\n"
            "Please remove it there by hand. Where: {where}\n\nThen say so with "
            "POST /v1/content-pushes/{push}/removed, and we stop asking. Until then people may still share it.\n",
            he="שלום {name},\n\nהפריט „{item}” נמשך או שזמנו חלף, ו-{platform} אינה מאפשרת לנו להסיר אותו. {words}\n\n"
            "יש להסיר אותו שם ידנית. היכן: {where}\n\nלאחר מכן יש לדווח עם "
            "‎POST /v1/content-pushes/{push}/removed‎, ולא נשאל עוד. עד אז אנשים עדיין עלולים לשתף אותו.\n",
        ),
    ),
    MessageKind.POST_DELETED: Letter(
        Text(en="Your post is deleted", he="הפוסט שלך נמחק"),
        Text(
            en="Hello {name},\n\nyour post about “{item}” on {network} is deleted, as you asked. {next}\n",
            he="שלום {name},\n\nהפוסט שלך על „{item}” ב-{network} נמחק, כפי שביקשת. {next}\n",
        ),
    ),
    MessageKind.POST_NOT_DELETED: Letter(
        Text(en="Your post may still be there", he="ייתכן שהפוסט שלך עדיין מופיע"),
        Text(
            en="Hello {name},\n\nyou asked us to delete your post about “{item}” on {network}. {next}\n\n{permalink}\n",
            he="שלום {name},\n\nביקשת למחוק את הפוסט שלך על „{item}” ב-{network}. {next}\n\n{permalink}\n",
        ),
    ),
    MessageKind.PUBLISHING_STOPPED: Letter(
        Text(en="Posts are stopped for now", he="הפרסום נעצר לעת עתה"),
        Text(
            en="Hello {name},\n\nposting was stopped for now, so your planned posts wait. It has nothing to do with "
            "you. The reason given: {reason}\n\nYou need not do anything. What you planned for later goes out as "
            "planned once this is over; what has missed its time by then does not go out late, and we tell you so "
            "that you can choose a new time. You can cancel any of them whenever you like.\n",
            he="שלום {name},\n\nהפרסום נעצר לעת עתה, ולכן הפוסטים שתכננת ממתינים. אין לכך קשר אליך. הסיבה שנמסרה: "
            "{reason}\n\nאין צורך לעשות דבר. פוסטים שמועדם עוד לפנינו יפורסמו כמתוכנן כשזה ייגמר; "
            "פוסטים שמועדם חלף לא יפורסמו באיחור, ונעדכן כדי שאפשר יהיה לבחור מועד חדש. ניתן לבטל כל אחד מהם בכל עת.\n",
        ),
    ),
    MessageKind.PUBLISHING_RELEASED: Letter(
        Text(en="Posts go out again", he="הפרסום התחדש"),
        Text(
            en="Hello {name},\n\nposting goes on. Of your posts that waited:\n\n"
            "- still going out at the time you chose: {scheduled}\n"
            "- not posted, because their time has passed: {missed}\n\n"
            "If you still want one of the latter, choose a new time for it; if not, there is nothing to do.\n",
            he="שלום {name},\n\nהפרסום התחדש. מבין הפוסטים שלך שהמתינו:\n\n"
            "- יפורסמו במועד שבחרת: {scheduled}\n"
            "- לא פורסמו, כי מועדם חלף: {missed}\n\n"
            "אם עדיין רוצים לפרסם אחד מאלה שלא פורסמו, ניתן לבחור לו מועד חדש; אם לא, אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.PUBLICATION_HELD_BY_RULE: Letter(
        Text(en="Please look at your text: {item}", he="נא לעיין בטקסט שלך: {item}"),
        Text(
            en="Hello {name},\n\na rule for posts has changed, and your planned post on {network} meets it. "
            "It waits, and nothing has gone out:\n\n{rules}\n\nYour text:\n\n{text}\n\n"
            "Change the text (or the time, where only that is named) and approve it anew. If the rule is taken back, "
            "your post is planned again as it was.\n",
            he="שלום {name},\n\nכלל לגבי פוסטים השתנה, והפוסט שתכננת ב-{network} נוגע בו. הוא ממתין, ודבר לא פורסם:"
            "\n\n{rules}\n\nהטקסט שלך:\n\n{text}\n\nיש לשנות את הטקסט (או את המועד, אם רק הוא צוין) ולאשר מחדש. "
            "אם הכלל יוסר, הפוסט יחזור לתכנון כפי שהיה.\n",
        ),
    ),
    MessageKind.QUEUE_HELD_BY_RULE: Letter(
        Text(en="Posts wait because of a rule: {program}", he="פוסטים ממתינים בשל כלל: {program}"),
        Text(
            en="Hello {name},\n\na rule or embargo has changed, and planned posts of the programme “{program}” were "
            "looked at anew. Waiting because of rules now: {number}. Their people have been told what to change, and "
            "whose they are stays theirs. You need not do anything.\n",
            he="שלום {name},\n\nכלל או אמברגו השתנה, והפוסטים המתוכננים של התוכנית „{program}” נבדקו מחדש. "
            "ממתינים כעת בשל כללים: {number}. בעליהם קיבלו הסבר מה לשנות, וזהותם אינה נחשפת. אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.CONNECTION_ENDING: Letter(
        Text(en="Please renew your connection to {network}", he="נא לחדש את החיבור ל-{network}"),
        Text(
            en="Hello {name},\n\nour access to your account at {network} ends on {until}, and only you can renew it. "
            "It takes a minute: open this link, press the button, and sign in at {network} with the same account.\n\n"
            "{link}\n\nPosts you have planned for after that date: {planned}. They go out as planned if you renew in "
            "time; otherwise they wait for you, and nothing is lost. If you do not want to go on, do nothing.\n",
            he="שלום {name},\n\nהגישה שלנו לחשבון שלך ב-{network} מסתיימת ב-{until}, וחידושה בידיך בלבד. זה לוקח דקה: "
            "יש לפתוח את הקישור, ללחוץ על הכפתור ולהתחבר ב-{network} עם אותו חשבון.\n\n{link}\n\n"
            "פוסטים שתכננת לאחר תאריך זה: {planned}. אם החיבור יחודש בזמן, הם יפורסמו כמתוכנן; אחרת הם ימתינו לך, "
            "ודבר לא "
            "יאבד. אם אין רצונך להמשיך, אין צורך לעשות דבר.\n",
        ),
    ),
    MessageKind.CONNECTION_NEEDS_RECONNECT: Letter(
        Text(en="Please connect {network} again", he="נא להתחבר שוב ל-{network}"),
        Text(
            en="Hello {name},\n\n{network} does not let us in to your account any more ({problem}), so nothing goes "
            "out there for now. Open this link, press the button, and sign in with the same account; then everything "
            "goes on.\n\n{link}\n\nPosts of yours that wait for it: {planned}. One whose time passes meanwhile is not "
            "posted late. You can also post by hand. We write this once.\n",
            he="שלום {name},\n\n{network} אינה מאפשרת לנו עוד גישה לחשבון שלך ({problem}), ולכן דבר אינו מתפרסם שם "
            "כרגע. יש לפתוח את הקישור, ללחוץ על הכפתור ולהתחבר עם אותו חשבון, והכול ימשיך כרגיל.\n\n{link}\n\n"
            "פוסטים שלך שממתינים לכך: {planned}. פוסט שמועדו יחלוף בינתיים לא יפורסם באיחור. אפשר גם לפרסם ידנית. "
            "הודעה זו נשלחת פעם אחת.\n",
        ),
    ),
    MessageKind.CONNECTION_PAUSED: Letter(
        Text(en="We have paused posting to {network}", he="השהינו את הפרסום ב-{network}"),
        Text(
            en="Hello {name},\n\nposts to your account at {network} failed three times in a row ({problem}), so we "
            "stopped trying. Please look whether your account there is in order. Then let us go on with POST "
            "/v1/me/connections/{connection}/resume, or connect the account again with this link:\n\n{link}\n\n"
            "Posts of yours that wait for it: {planned}. One whose time passes meanwhile is not posted late. "
            "We write this once.\n",
            he="שלום {name},\n\nפרסומים לחשבון שלך ב-{network} נכשלו שלוש פעמים ברצף ({problem}), ולכן הפסקנו לנסות. "
            "נא לבדוק שהחשבון שם תקין. לאחר מכן ניתן להמשיך באמצעות POST ‎/v1/me/connections/{connection}/resume‎, "
            "או לחבר את החשבון מחדש בקישור זה:\n\n{link}\n\nפוסטים שלך שממתינים לכך: {planned}. פוסט שמועדו יחלוף "
            "בינתיים לא יפורסם באיחור. הודעה זו נשלחת פעם אחת.\n",
        ),
    ),
    MessageKind.PUBLICATION_NOT_PUBLISHED: Letter(
        Text(en="It did not go out: {item}", he="הפוסט לא פורסם: {item}"),
        Text(
            en="Hello {name},\n\nwe could not tell whether your post went out, so we asked {network} several times: it "
            "is not there. We do not send it again by ourselves. If you still want it, you can send it again at a time "
            "you choose.\n",
            he="שלום {name},\n\nלא ידענו אם הפוסט שלך פורסם, ולכן שאלנו את {network} כמה פעמים: הוא אינו שם. "
            "איננו שולחים שוב מיוזמתנו. אם הפוסט עדיין רלוונטי, ניתן לשלוח אותו שוב במועד שנוח לך.\n",
        ),
    ),
    MessageKind.PUBLICATION_FOUND_LATER: Letter(
        Text(en="It is there after all: {item}", he="הפוסט בכל זאת פורסם: {item}"),
        Text(
            en="Hello {name},\n\nwe told you that your post did not go out. That was wrong: {network} has it now. "
            "{permalink}\n\nIf it was planned to be sent again, we have stopped that. If a second one is out already, "
            "you may want to delete one of the two. We are sorry for the trouble.\n",
            he="שלום {name},\n\nמסרנו לך שהפוסט לא פורסם, וטעינו: הוא נמצא כעת ב-{network}. {permalink}\n\n"
            "אם תוכננה שליחה חוזרת, עצרנו אותה. אם כבר פורסם פוסט שני, כדאי לשקול למחוק אחד מהשניים. "
            "מתנצלים על אי-הנוחות.\n",
        ),
    ),
    MessageKind.PUBLICATION_REZONED: Letter(
        Text(en="Same time on the clock: {item}", he="אותה שעה על השעון: {item}"),
        Text(
            en="Hello {name},\n\nthe rules for the clocks in {zone} have changed. Your post still goes out at {local} "
            "there, as you agreed; that is now {after} (before: {before}). If another time suits you better, you can "
            "move or cancel it.\n",
            he="שלום {name},\n\nכללי השעון ב-{zone} השתנו. הפוסט שלך עדיין יפורסם ב-{local} לפי השעון שם, כפי שאישרת; "
            "כעת זה {after} (לפני כן: {before}). אם מועד אחר מתאים לך יותר, ניתן להזיז או לבטל.\n",
        ),
    ),
    MessageKind.TEXT_APPROVED: Letter(
        Text(en="Your text may go out: {item}", he="הטקסט שלך אושר לפרסום: {item}"),
        Text(
            en="Hello {name},\n\nan editor has read your text, without your name, and agrees. It goes ahead as you "
            "planned; if you post by hand, it is your turn now. Their note: {note}\n",
            he="שלום {name},\n\nעורך/ת קראו את הטקסט, בלי שמך, ואישרו אותו. הפרסום ממשיך כפי שתכננת; אם הפרסום נעשה "
            "ידנית, זה הזמן לפרסם. הערתם: {note}\n",
        ),
    ),
    MessageKind.TEXT_DECLINED_BY_RULE: Letter(
        Text(en="Please say it in other words: {item}", he="נא לנסח אחרת: {item}"),
        Text(
            en="Hello {name},\n\na rule of the policy asked for an editor to read your text first. They have read it, "
            "without your name, and ask for other words; nothing went out. Their note: {note}\n\nYour text is a draft "
            "again: change it, approve it anew, or leave it. That is your choice.\n",
            he="שלום {name},\n\nכלל במדיניות ביקש שעורך/ת יקראו את הטקסט תחילה. הוא נקרא, בלי שמך, והתבקש ניסוח אחר; "
            "דבר לא פורסם. הערתם: {note}\n\nהטקסט חזר לטיוטה: ניתן לשנות ולאשר מחדש, או לוותר. הבחירה שלך.\n",
        ),
    ),
    MessageKind.TEXT_DECLINED: Letter(
        Text(en="Better in your own words: {item}", he="עדיף במילים שלך: {item}"),
        Text(
            en="Hello {name},\n\nmany colleagues say the same about this, so an editor asks you for words of your own; "
            "nothing went out. Their note: {note}\n\nYour text is a draft again: change it, approve it anew, or leave "
            "it. That is your choice.\n",
            he="שלום {name},\n\nעמיתים רבים כותבים על כך אותו דבר, ולכן עורך/ת מבקשים ניסוח משלך; דבר לא פורסם. "
            "הערתם: {note}\n\nהטקסט חזר לטיוטה: ניתן לשנות ולאשר מחדש, או לוותר. הבחירה שלך.\n",
        ),
    ),
    MessageKind.INVITATION: Letter(
        Text(en="You are invited: {program}", he="הזמנה: {program}"),
        Text(
            en="Hello {name},\n\nwe would like you to speak for us in the programme “{program}”. {message}\n\n"
            "It is your choice, and your profile stays yours: you decide what you share, in your own words, and when. "
            "Saying no has no consequence of any kind." + _TOKEN_EN,
            he="שלום {name},\n\nאנחנו מזמינים אותך לייצג אותנו בתוכנית „{program}”. {message}\n\n"
            "הבחירה שלך, והפרופיל נשאר שלך; ההחלטה מה לשתף, באילו מילים ומתי היא שלך. לסירוב אין כל השלכה." + _TOKEN_HE,
        ),
    ),
    MessageKind.INVITATION_REMINDER: Letter(
        Text(en="Still open: your invitation to {program}", he="ההזמנה שלך ל-{program} עדיין פתוחה"),
        Text(
            en="Hello {name},\n\nsome days ago we invited you to the programme “{program}”. The invitation is open "
            "until {until}. It is your choice: to say no, or nothing at all, has no consequence of any kind. If you "
            "say no, we do not write about it again; otherwise we write at most {left} more." + _TOKEN_EN,
            he="שלום {name},\n\nלפני כמה ימים שלחנו לך הזמנה לתוכנית „{program}”. ההזמנה פתוחה עד {until}. הבחירה שלך: "
            "לסירוב, וגם לאי-מענה, אין כל השלכה. לאחר סירוב לא נכתוב על כך שוב; אחרת, מספר התזכורות שיישלחו לכל "
            "היותר: {left}." + _TOKEN_HE,
        ),
    ),
    MessageKind.NOMINATION: Letter(
        Text(en="A colleague thinks of you: {program}", he="המלצה עליך: {program}"),
        Text(
            en="Hello {name},\n\n{nominator} thinks that you would speak well for us in the programme “{program}”, and "
            "wrote:\n\n{reason}\n\nNobody else has seen this. If you like, pass it on and it becomes your application: "
            "POST /v1/nominations/{nomination}/accept; you can correct it there, or leave those words out. If not, "
            "let it pass: POST /v1/nominations/{nomination}/decline, or do nothing. {nominator} is told neither. "
            "It is open until {until}." + _TOKEN_EN,
            he="שלום {name},\n\nהתקבלה המלצה עליך מאת {nominator}, להצטרף לתוכנית „{program}” ולייצג אותנו בה. "
            "וכך נכתב:\n\n{reason}\n\nאיש מלבדך לא ראה זאת. ניתן להעביר את ההמלצה הלאה כמועמדות: "
            "‎POST /v1/nominations/{nomination}/accept‎; אפשר לתקן שם, או להשמיט את הדברים. אפשר גם לוותר: "
            "‎POST /v1/nominations/{nomination}/decline‎, או לא לעשות דבר. לא תימסר ל-{nominator} כל הודעה בעניין. "
            "ההמלצה פתוחה עד {until}." + _TOKEN_HE,
        ),
    ),
    MessageKind.CALL_SIGN_IN: Letter(
        Text(en="Your link to apply: {title}", he="הקישור שלך להגשת מועמדות: {title}"),
        Text(
            en="Hello {name},\n\nsomebody, probably you, gave this address to apply for “{title}”. Opening the link "
            "changes nothing; you apply by pressing the button there. If it was not you, there is nothing to do."
            + _TOKEN_EN,
            he="שלום {name},\n\nכתובת זו נמסרה, כנראה על ידך, לצורך הגשת מועמדות ל„{title}”. פתיחת הקישור אינה משנה "
            "דבר; המועמדות מוגשת בלחיצה על הכפתור שם. אם הבקשה לא נשלחה על ידך, אין צורך לעשות דבר." + _TOKEN_HE,
        ),
    ),
    MessageKind.APPLICATION_RECEIVED: Letter(
        Text(en="We have your application: {program}", he="המועמדות שלך התקבלה: {program}"),
        Text(
            en="Hello {name},\n\nyour application to “{program}” has arrived, and you will get an answer and a reason. "
            "You can read it at /v1/applications/{application}, and take it back at any time with POST "
            "/v1/applications/{application}/withdraw; nothing follows from that.\n",
            he="שלום {name},\n\nהמועמדות שלך ל„{program}” התקבלה, ותישלח אליך תשובה מנומקת. ניתן לקרוא אותה ב-"
            "‎/v1/applications/{application}‎, ולמשוך אותה בכל עת ב-‎POST /v1/applications/{application}/withdraw‎; "
            "אין לכך כל השלכה.\n",
        ),
    ),
    MessageKind.APPLICATION_ACCEPTED: Letter(
        Text(en="Welcome to {program}", he="ברוכים הבאים אל {program}"),
        Text(
            en="Hello {name},\n\nthe answer is yes: you are in the programme “{program}”. GET /v1/me/onboarding shows "
            "what comes before your first share, and the next step. You can leave at any time, without a reason and "
            "without any consequence.\n",
            he="שלום {name},\n\nהתשובה חיובית: הצטרפת לתוכנית „{program}”. ‎GET /v1/me/onboarding‎ מציג מה נדרש לפני "
            "השיתוף הראשון ומה הצעד הבא. ניתן לפרוש בכל עת, ללא נימוק וללא כל השלכה.\n",
        ),
    ),
    MessageKind.APPLICATION_WAITING: Letter(
        Text(en="Yes, and a little patience: {program}", he="כן, ועוד מעט סבלנות: {program}"),
        Text(
            en="Hello {name},\n\nthe answer is yes. At the moment every place in “{program}” is taken, so you are on "
            "the waiting list, at place {place}. As soon as a place is free you move up by yourself, and we write to "
            "you. You need not do anything; if you change your mind, POST /v1/me/ambassadorships/{program_id}/leave.\n",
            he="שלום {name},\n\nהתשובה חיובית. כרגע כל המקומות בתוכנית „{program}” תפוסים, ולכן מקומך ברשימת ההמתנה "
            "הוא {place}. ברגע שיתפנה מקום הוא יינתן לך מאליו, ונעדכן אותך. אין צורך לעשות דבר; במקרה של חרטה ניתן "
            "לשלוח ‎POST /v1/me/ambassadorships/{program_id}/leave‎.\n",
        ),
    ),
    MessageKind.APPLICATION_REFUSED: Letter(
        Text(en="About your application: {program}", he="בעניין המועמדות שלך: {program}"),
        Text(
            en="Hello {name},\n\nthank you for applying to “{program}”. This time the answer is no.\n\n{answer}\n\n"
            "Nothing else follows from it, and you may apply again.\n",
            he="שלום {name},\n\nתודה על המועמדות ל„{program}”. הפעם התשובה שלילית.\n\n{answer}\n\n"
            "אין לכך כל השלכה אחרת, וניתן להגיש מועמדות שוב.\n",
        ),
    ),
    MessageKind.PLACE_FREE: Letter(
        Text(en="A place is free for you: {program}", he="התפנה מקום עבורך: {program}"),
        Text(
            en="Hello {name},\n\na place in “{program}” is free now, and it is yours. GET /v1/me/onboarding shows what "
            "comes before your first share, and the next step. If it does not suit you any more, leave with POST "
            "/v1/me/ambassadorships/{program_id}/leave: the place goes to the next in line, and nothing follows.\n",
            he="שלום {name},\n\nהתפנה מקום בתוכנית „{program}”, והוא שלך. ‎GET /v1/me/onboarding‎ מציג מה נדרש לפני "
            "השיתוף הראשון ומה הצעד הבא. אם זה כבר לא מתאים, ניתן לפרוש ב-‎POST "
            "/v1/me/ambassadorships/{program_id}/leave‎: המקום יועבר הלאה, ואין לכך כל השלכה.\n",
        ),
    ),
    MessageKind.FIRST_STEPS: Letter(
        Text(en="Your first steps in {program}", he="הצעדים הראשונים שלך ב-{program}"),
        Text(
            en="Hello {name},\n\nthank you for agreeing to the policy of “{program}”. Before your first share these "
            "are left:\n\n{steps}\n\nGET /v1/me/onboarding shows them at any time. There is no hurry.\n",
            he="שלום {name},\n\nתודה על אישור המדיניות של „{program}”. לפני השיתוף הראשון נותרו:\n\n{steps}\n\n"
            "‎GET /v1/me/onboarding‎ מציג אותם בכל עת. אין צורך למהר.\n",
        ),
    ),
    MessageKind.READY_TO_SHARE: Letter(
        Text(en="You can share now: {program}", he="אפשר להתחיל לשתף: {program}"),
        Text(
            en="Hello {name},\n\neverything is done: you are an active ambassador of “{program}”. What you could share "
            "is at GET /v1/me/offers. What, when, and in which words is your choice.\n",
            he="שלום {name},\n\nהכול מוכן: החברות שלך בתוכנית „{program}” פעילה. ההצעות לשיתוף נמצאות ב-"
            "‎GET /v1/me/offers‎. מה לשתף, מתי ובאילו מילים: הבחירה שלך.\n",
        ),
    ),
    MessageKind.MEMBERSHIP_ENDED: Letter(
        Text(en="You have left {program}", he="פרשת מ-{program}"),
        Text(
            en="Hello {name},\n\nyou have left “{program}”, and nothing of yours goes out for it any more. Thank you "
            "for the time you gave. Nothing else follows from it. If you would like to come back one day: POST "
            "/v1/me/ambassadorships/{program_id}/come-back; what you did before is kept.\n",
            he="שלום {name},\n\nפרשת מ„{program}”, ודבר לא יפורסם עוד בשמך במסגרתה. תודה על הזמן שהקדשת. אין לכך כל "
            "השלכה אחרת. אפשר לחזור בכל עת: ‎POST /v1/me/ambassadorships/{program_id}/come-back‎; "
            "מה שעשית עד כה נשמר.\n",
        ),
    ),
    MessageKind.SIGN_IN: Letter(
        Text(en="Your sign-in link", he="קישור הכניסה שלך"),
        Text(
            en="Hello {name},\n\nwith this link you get a key of your own for Advocacy." + _TOKEN_EN,
            he="שלום {name},\n\nקישור זה מעניק לך מפתח אישי ל-Advocacy." + _TOKEN_HE,
        ),
    ),
    MessageKind.PUBLICATION_PUBLISHED: Letter(
        Text(en="Your post is out: {item}", he="הפוסט שלך פורסם: {item}"),
        Text(
            en="Hello {name},\n\nwhat you approved went out on {network}: {permalink}\n\nThank you.\n",
            he="שלום {name},\n\nמה שאישרת פורסם ב-{network}: {permalink}\n\nתודה.\n",
        ),
    ),
    MessageKind.PUBLICATION_REJECTED: Letter(
        Text(en="Not published: {item}", he="לא פורסם: {item}"),
        Text(
            en="Hello {name},\n\n{network} did not take your post, and it will not be sent again. "
            "{reason}\n\nYou can change the text and approve it anew.\n",
            he="שלום {name},\n\n{network} לא קיבלה את הפוסט, והוא לא יישלח שוב. {reason}\n\n"
            "ניתן לשנות את הטקסט ולאשר מחדש.\n",
        ),
    ),
    MessageKind.PUBLICATION_UNKNOWN: Letter(
        Text(en="Please look at your profile: {item}", he="נא לבדוק את הפרופיל: {item}"),
        Text(
            en="Hello {name},\n\nwe can't tell whether this went out on {network}. Please look before posting again, "
            "and tell us: it is there, or it is not. We will not send it again by ourselves.\n",
            he="שלום {name},\n\nאיננו יכולים לדעת אם הפוסט פורסם ב-{network}. נא לבדוק לפני פרסום נוסף, "
            "ולעדכן אותנו: הפוסט שם, או שאינו שם. לא נשלח אותו שוב מיוזמתנו.\n",
        ),
    ),
    MessageKind.PUBLICATION_MISSED: Letter(
        Text(en="Its time has passed: {item}", he="המועד חלף: {item}"),
        Text(
            en="Hello {name},\n\nyour post could not go out at the time you chose, and we do not post late without "
            "you. Choose a new time if you still want it.\n",
            he="שלום {name},\n\nהפוסט לא פורסם במועד שבחרת, ואיננו מפרסמים באיחור בלי אישורך. ניתן לבחור מועד חדש.\n",
        ),
    ),
    MessageKind.PUBLICATION_HELD: Letter(
        Text(en="Waiting for you: {item}", he="ממתין לך: {item}"),
        Text(
            en="Hello {name},\n\nyour post for {network} is on hold. {reason}\n\n{next}\n",
            he="שלום {name},\n\nהפוסט שלך ל-{network} מושהה. {reason}\n\n{next}\n",
        ),
    ),
    MessageKind.PUBLICATION_CANCELLED: Letter(
        Text(en="Cancelled: {item}", he="בוטל: {item}"),
        Text(
            en="Hello {name},\n\nyour planned post for {network} was cancelled; nothing went out. {reason}\n",
            he="שלום {name},\n\nהפוסט שתכננת ל-{network} בוטל; דבר לא פורסם. {reason}\n",
        ),
    ),
}

#: A number that would say something about few people.
A_FEW = Text(en="a few", he="כמה")
#: The item itself may not be out yet.
ITEM_EMBARGO = Text(
    en="“{item}” may not be out before {until}: choose a later time.",
    he="אין לפרסם את „{item}” לפני {until}: יש לבחור מועד מאוחר יותר.",
)
