"""What ambassadors refuse."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.core.kit.errors import Conflict, NotAllowed
from services.core.kit.texts import Language, Text


class NotAnAmbassador(NotAllowed):
    """The person is not an active ambassador of this program."""

    code = "not_an_ambassador"
    title = Text(en="Not an active ambassador", he="החברות בתוכנית אינה פעילה")
    detail = Text(
        en="Join the program first, and agree to its current policy.",
        he="יש להצטרף תחילה לתוכנית ולאשר את המדיניות העדכנית שלה.",
    )


class OnboardingOpen(NotAllowed):
    """The person has joined, and what the program asks before the first share is not all done."""

    code = "onboarding_open"
    title = Text(en="A few steps are left", he="נותרו עוד כמה צעדים")
    detail = Text(
        en="Before the first share the program asks for a few things more. GET /v1/me/onboarding lists what is missing "
        "and what comes next.",
        he="לפני השיתוף הראשון התוכנית מבקשת עוד כמה צעדים. ‎GET /v1/me/onboarding‎ מציג מה חסר ומה הצעד הבא.",
    )


class PolicyNotAcknowledged(NotAllowed):
    """A current version of the policy waits for the person's agreement."""

    code = "policy_not_acknowledged"
    title = Text(en="Please read the policy first", he="נא לקרוא תחילה את המדיניות")
    detail = Text(
        en="Read and acknowledge the current version ({versions}) of the policy, then share. Its texts: {addresses}",
        he="יש לקרוא ולאשר את הגרסה העדכנית ({versions}) של המדיניות, ואז לשתף. הטקסטים: {addresses}",
    )

    def __init__(self, *, missing: Sequence[tuple[UUID, UUID]]) -> None:
        """``missing``: policy and version of each."""
        self.missing = tuple(missing)
        addresses = [f"/v1/policies/{policy}/versions/{version}" for policy, version in self.missing]
        super().__init__(
            versions=", ".join(str(version) for _, version in self.missing), addresses=", ".join(addresses)
        )

    def extension(self, language: Language) -> dict[str, object]:
        """``policy_versions``: each version to agree to, its texts, and where to agree."""
        return {
            "policy_versions": [
                {
                    "policy_id": str(policy),
                    "version_id": str(version),
                    "texts_url": f"/v1/policies/{policy}/versions/{version}",
                    "acknowledge_url": f"/v1/policies/{policy}/acknowledgements",
                }
                for policy, version in self.missing
            ]
        }


class ProgramNotReady(Conflict):
    """People are invited to a designed program, until it is closed."""

    code = "program_not_ready"
    title = Text(en="The program takes nobody in now", he="לא ניתן להצטרף כעת לתוכנית")
    detail = Text(
        en="The program is {state}. People are invited and join once it is designed and until it is closed.",
        he="מצב התוכנית: {state}. ניתן להזמין ולהצטרף מרגע שהתוכנית מעוצבת ועד שהיא נסגרת.",
    )


class AlreadyInvited(Conflict):
    """One question at a time; which answer there was, if any, is the person's own."""

    code = "already_invited"
    title = Text(en="Invited or answered already", he="כבר נשלחה הזמנה או התקבלה תשובה")
    detail = Text(
        en="This person has an open invitation to the program, or has already answered one lately. "
        "Leave it with them; you can invite somebody else.",
        he="לאדם זה יש הזמנה פתוחה לתוכנית, או שכבר נענתה הזמנה לאחרונה. "
        "יש להשאיר את הבחירה בידיו; ניתן להזמין אדם אחר.",
    )


class AlreadyAmbassador(Conflict):
    """Who is in needs no invitation."""

    code = "already_ambassador"
    title = Text(en="Already in the program", he="כבר בתוכנית")
    detail = Text(en="This person has joined already. There is nothing to do.", he="אדם זה כבר הצטרף. אין צורך בפעולה.")


class InvitationClosed(Conflict):
    """The invitation can no longer be answered this way."""

    code = "invitation_closed"
    title = Text(en="This invitation is closed", he="ההזמנה נסגרה")
    detail = Text(
        en="It has run out. If you want to join, ask the program's manager for a new one.",
        he="תוקף ההזמנה פג. כדי להצטרף יש לבקש הזמנה חדשה ממנהלי התוכנית.",
    )


class AcceptedAlready(Conflict):
    """Who has accepted leaves rather than declines."""

    code = "invitation_accepted"
    title = Text(en="You have joined", he="כבר הצטרפת")
    detail = Text(
        en="You accepted this invitation. To step back, POST to /v1/me/ambassadorships/{program_id}/leave; "
        "it has no consequence.",
        he="ההזמנה כבר אושרה. כדי לפרוש יש לשלוח POST אל ‎/v1/me/ambassadorships/{program_id}/leave‎; אין לכך כל השלכה.",
    )


class PauseOverlaps(Conflict):
    """One pause at a time for the same programs, so that ending it ends it."""

    code = "pause_overlaps"
    title = Text(en="You pause then already", he="כבר הוגדרה הפסקה במועד זה")
    detail = Text(
        en="Your pause {pause_id} covers a part of that time. Change it with PATCH to /v1/me/pauses/{pause_id}, "
        "or end it with DELETE, and then make a new one.",
        he="ההפסקה {pause_id} חופפת למועד זה. ניתן לשנות אותה ב-PATCH אל ‎/v1/me/pauses/{pause_id}‎, "
        "או לסיים אותה ב-DELETE ואז להגדיר חדשה.",
    )


class PauseOver(Conflict):
    """What has been is left as it was."""

    code = "pause_over"
    title = Text(en="This pause is over", he="ההפסקה הסתיימה")
    detail = Text(
        en="It has ended and does not change any more. Make a new one with POST to /v1/me/pauses.",
        he="ההפסקה הסתיימה ולא ניתן לשנותה. ניתן להגדיר חדשה ב-POST אל ‎/v1/me/pauses‎.",
    )
