"""What ambassadors refuse."""

from __future__ import annotations

from services.core.kit.errors import NotAllowed
from services.core.kit.texts import Text


class NotAnAmbassador(NotAllowed):
    """The person is not an active ambassador of this program."""

    code = "not_an_ambassador"
    title = Text(en="Not an active ambassador", he="לא שגריר/ה פעיל/ה")
    detail = Text(
        en="Join the program first, and agree to its current policy.",
        he="יש להצטרף תחילה לתוכנית ולאשר את המדיניות העדכנית שלה.",
    )


class PolicyNotAcknowledged(NotAllowed):
    """A current version of the policy waits for the person's agreement."""

    code = "policy_not_acknowledged"
    title = Text(en="Please read the policy first", he="נא לקרוא תחילה את המדיניות")
    detail = Text(
        en="Read and acknowledge the current version ({versions}) of the policy, then share.",
        he="יש לקרוא ולאשר את הגרסה העדכנית ({versions}) של המדיניות, ואז לשתף.",
    )
