"""The words of gates: what each is, and what to do while it is not green."""

from __future__ import annotations

from services.core.kit.texts import Text
from services.core.launches.models import Gate, GateState

TITLES: dict[Gate, Text] = {
    Gate.RESPONSIBILITIES: Text(en="Somebody answers for each mandatory function", he="לכל תפקיד חובה יש אחראי/ת"),
    Gate.POLICY: Text(en="The pilot has agreed to the policy in force", he="משתתפי הפיילוט אישרו את המדיניות שבתוקף"),
    Gate.GOALS: Text(en="Goals are set and measured", he="היעדים נקבעו ונמדדים"),
    Gate.SPONSOR: Text(en="A sponsor stands behind the programme", he="נותני חסות עומדים מאחורי התוכנית"),
    Gate.CONTENT_PLAN: Text(en="Content is planned for the next period", he="התוכן מתוכנן לתקופה הבאה"),
    Gate.PILOT: Text(en="There is a pilot, with enough people in it", he="יש פיילוט, ובו מספיק משתתפים"),
    Gate.INVITE: Text(en="An invitation arrived and was accepted", he="הזמנה הגיעה ליעדה והתקבלה"),
    Gate.CONNECT: Text(en="A way to share works", he="דרך השיתוף פועלת"),
    Gate.SHARE: Text(en="A post of the pilot is out", he="פוסט של הפיילוט פורסם"),
    Gate.CLICK: Text(en="A click was traced to the report", he="קליק אותר עד לדוח"),
    Gate.METRICS: Text(en="Numbers of the pilot's posts arrive", he="נתוני הפוסטים של הפיילוט מגיעים"),
    Gate.NOTICE: Text(en="Messages leave", he="הודעות נשלחות"),
    Gate.REPORT: Text(en="The management report equals a recount", he="הדוח להנהלה זהה לספירה חוזרת"),
}
STATES: dict[GateState, Text] = {
    GateState.PASSED: Text(en="passed", he="עבר"),
    GateState.FAILED: Text(en="failed", he="נכשל"),
    GateState.WAITING: Text(en="waiting", he="ממתין"),
}
NOT_LOOKED_AT = Text(
    en="Nobody has looked yet: POST /v1/programs/{program}/gates/evaluate. While the programme is quiet, it is looked "
    "at every few minutes.",
    he="השער טרם נבדק: ‎POST /v1/programs/{program}/gates/evaluate‎. כל עוד ההשקה שקטה, הבדיקה חוזרת כל כמה דקות.",
)
ACKNOWLEDGE = Text(
    en="Not everybody in the pilot has agreed to the policy in force. Who has not is listed at "
    "GET /v1/policies/{policy}/members; they find it under GET /v1/me/policies.",
    he="לא כל משתתפי הפיילוט אישרו את המדיניות שבתוקף. הרשימה נמצאת ב-‎GET /v1/policies/{policy}/members‎, "
    "והמדיניות עצמה מחכה להם ב-‎GET /v1/me/policies‎.",
)
PUBLISH_POLICY = Text(
    en="No version of the policy is in force. Publish one: GET /v1/policies?program_id={program} leads to it.",
    he="אין גרסת מדיניות בתוקף. יש לפרסם גרסה: הדרך אליה ב-‎GET /v1/policies?program_id={program}‎.",
)
SIGN = Text(
    en="No sponsor stands behind the programme. A sponsor signs in person: "
    "POST /v1/programs/{program}/sponsor-commitments.",
    he="אין נותני חסות שעומדים מאחורי התוכנית. החתימה אישית: ‎POST /v1/programs/{program}/sponsor-commitments‎.",
)
PLAN = Text(
    en="There is no content plan. Make one: PUT /v1/programs/{program}/content-plan.",
    he="אין תוכנית תוכן. יש להכין אחת: ‎PUT /v1/programs/{program}/content-plan‎.",
)
PLAN_PERIOD = Text(
    en="Nothing is planned for {period}. Plan it: PUT /v1/programs/{program}/content-plan/periods/{period}.",
    he="לא תוכנן דבר לתקופה {period}. יש לתכנן: ‎PUT /v1/programs/{program}/content-plan/periods/{period}‎.",
)
NAME_PILOT = Text(
    en="Say who is in the pilot: PUT /v1/programs/{program}/pilot.",
    he="יש לקבוע מי בפיילוט: ‎PUT /v1/programs/{program}/pilot‎.",
)
MORE_PEOPLE = Text(
    en="Fewer than {k} people of the pilot are members. Invite more: what is measured in a smaller group would tell "
    "on somebody.",
    he="פחות מ-{k} ממשתתפי הפיילוט הצטרפו. יש להזמין עוד: מדידה בקבוצה קטנה יותר חושפת אנשים.",
)
PILOT_FIRST = Text(
    en="This is looked at once {k} people of the pilot are members.",
    he="שער זה נבדק לאחר ש-{k} ממשתתפי הפיילוט הצטרפו.",
)
INVITE = Text(
    en="Nobody of the pilot has accepted an invitation that we mailed. Invite somebody and let them answer: "
    "POST /v1/programs/{program}/invitations. If mails do not leave, check the mail server.",
    he="איש ממשתתפי הפיילוט לא אישר הזמנה שנשלחה בדואר. יש להזמין ולהמתין לתשובה: "
    "‎POST /v1/programs/{program}/invitations‎. אם הדואר אינו יוצא, יש לבדוק את שרת הדואר.",
)
CONNECT = Text(
    en="Nobody of the pilot has connected an account or finished a post by hand. Ask the pilot to connect "
    "(POST /v1/me/connections), or to share one item by hand to the end.",
    he="איש ממשתתפי הפיילוט לא חיבר חשבון ולא השלים פרסום ידני. יש לבקש מהם לחבר חשבון (‎POST /v1/me/connections‎), "
    "או לשתף ידנית פריט אחד עד הסוף.",
)
SHARE = Text(
    en="No post of the pilot is known to be out. Offer an item and let somebody of the pilot share it; who posts by "
    "hand confirms that it is there.",
    he="לא ידוע על פוסט של הפיילוט שפורסם. יש להציע פריט לשיתוף; מי שמפרסם ידנית מאשר שהפוסט באוויר.",
)
CLICK = Text(
    en="No person has followed a link of the pilot since its post is out. Open one of the posts in a browser and "
    "follow its link; not as its owner, and not right after it was posted.",
    he="איש עדיין לא נכנס דרך קישור של הפיילוט מאז שהפוסט פורסם. יש לפתוח את אחד הפוסטים בדפדפן וללחוץ על הקישור; "
    "לא מהחשבון של בעל הפוסט, ולא מיד לאחר הפרסום.",
)
CLICK_LOST = Text(
    en="A click was stored, but it is not in {where}. This is ours to mend: send the evidence to whoever runs the "
    "installation.",
    he="קליק נשמר, אך אינו מופיע ב-{where}. התיקון באחריותנו: יש להעביר את הראיות למי שמפעיל את ההתקנה.",
)
NO_METRICS_YET = Text(
    en="No post of the pilot is old enough to judge. Numbers are read within {hours} hours of a post.",
    he="עדיין אין פוסט של הפיילוט שניתן לשפוט לפיו. הנתונים נקראים בתוך {hours} שעות מהפרסום.",
)
NO_READABLE = Text(
    en="No post of the pilot went through a connection that reports numbers. Let somebody of the pilot connect an "
    "account that does (GET /v1/connectors), and share through it.",
    he="אף פוסט של הפיילוט לא פורסם דרך חיבור שמדווח נתונים. כדאי שמישהו מהפיילוט יחבר חשבון מתאים "
    "(‎GET /v1/connectors‎) וישתף דרכו.",
)
TOO_FEW_METRICS = Text(
    en="Fewer than {percent} percent of the pilot's posts had numbers within {hours} hours. Check that connections "
    "work and that the scheduler runs.",
    he="לפחות מ-{percent} אחוזים מהפוסטים של הפיילוט היו נתונים בתוך {hours} שעות. יש לבדוק שהחיבורים תקינים "
    "ושהמתזמן פועל.",
)
NOTICE = Text(
    en="No message has left to the pilot besides invitations and sign-in links. Messages leave by themselves when "
    "something happens, such as a post; if none does, check the mail server.",
    he="מלבד הזמנות וקישורי כניסה לא יצאה אף הודעה לפיילוט. הודעות נשלחות מעצמן כשקורה משהו, למשל פרסום; אם לא, "
    "יש לבדוק את שרת הדואר.",
)
REPORT_FIRST = Text(
    en="There is nothing to report yet: the report is recounted once a post of the pilot is out.",
    he="עדיין אין על מה לדווח: הדוח נספר מחדש לאחר שפורסם פוסט של הפיילוט.",
)
REPORT_DIFFERS = Text(
    en="The report differs from a recount in: {numbers}. Do not quote it; send the evidence to whoever runs the "
    "installation.",
    he="הדוח שונה מספירה חוזרת במספרים: {numbers}. אין לצטט אותו; יש להעביר את הראיות למי שמפעיל את ההתקנה.",
)
ROLLUP = Text(en="the rollup", he="הסיכום")
REPORT = Text(en="the report", he="הדוח")
