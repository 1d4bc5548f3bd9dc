"""What stands against a text: the hits of a policy's rules, and what somebody does about each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.core.kit.texts import Language, Text, pick
from services.core.policies import compiled, folding
from services.core.policies.compiled import Circumstances, Compiled, Look, Place
from services.core.policies.kinds import PolicyLevel, RuleAction, RuleKind, Topic

__all__ = [
    "PolicyLevel",
    "RuleAction",
    "RuleHit",
    "RuleKind",
    "Topic",
    "VersionRules",
    "can_match",
    "find_hits",
    "strictest",
]

#: What somebody does about a hit, whatever the rule's own message says.
WHAT_TO_DO: dict[RuleKind, Text] = {
    RuleKind.FORBIDDEN_PHRASE: Text(
        en="Take out “{phrase}” or say it in other words, then check again.",
        he="יש להסיר את „{phrase}” או לנסח אחרת, ואז לבדוק שוב.",
    ),
    RuleKind.EMBARGO: Text(
        en="“{phrase}” may not be out before {until}: choose a later time, or take it out.",
        he="אין לפרסם „{phrase}” לפני {until}: יש לבחור מועד מאוחר יותר, או להסיר.",
    ),
    RuleKind.PATTERN: Text(
        en="Take out “{found}” or say it in other words, then check again.",
        he="יש להסיר את „{found}” או לנסח אחרת, ואז לבדוק שוב.",
    ),
    RuleKind.TOPIC: Text(
        en="“{found}” belongs to a subject that we leave out: take out what is about it, then check again.",
        he="„{found}” שייך לנושא שאיננו כותבים עליו: יש להסיר את מה שנוגע אליו, ואז לבדוק שוב.",
    ),
    RuleKind.COMPETITOR: Text(
        en="Leave out “{found}” (that is {phrase}) and tell of our own work, then check again.",
        he="יש להשמיט את „{found}” (הכוונה ל-{phrase}) ולספר על העשייה שלנו, ואז לבדוק שוב.",
    ),
    RuleKind.PAY: Text(
        en="Leave out the amount “{found}”, which says what somebody earns; then check again.",
        he="יש להשמיט את הסכום „{found}”, שמגלה כמה משתכרים; אחר כך לבדוק שוב.",
    ),
    RuleKind.REQUIRED_DISCLOSURE: Text(
        en="Add “{phrase}” near the top of the post, then check again.",
        he="יש להוסיף „{phrase}” בתחילת הפוסט, ואז לבדוק שוב.",
    ),
    RuleKind.LINKS_ALLOWED: Text(
        en="Take out the link to {phrase}, or link to one of our own pages, then check again.",
        he="יש להסיר את הקישור אל {phrase}, או לקשר לאחד מהעמודים שלנו, ואז לבדוק שוב.",
    ),
}

#: The same where something is there, but not as it has to be.
NEARLY: dict[RuleKind, Text] = {
    RuleKind.REQUIRED_DISCLOSURE: Text(
        en="Move “{phrase}” to the top of the post, before the hashtags and the rest, then check again.",
        he="יש להעביר את „{phrase}” לתחילת הפוסט, לפני ההאשטגים וכל השאר, ואז לבדוק שוב.",
    ),
    RuleKind.LINKS_ALLOWED: Text(
        en="The link to {phrase} has letters that only look like ordinary ones: take it out, or type the address anew.",
        he="בקישור אל {phrase} יש אותיות שרק נראות רגילות: יש להסיר אותו, או להקליד את הכתובת מחדש.",
    ),
}


@dataclass(frozen=True)
class RuleHit:
    """A place in a text that a rule stands against, in code points of the text; empty for what is missing from it."""

    code: str
    policy_version_id: str
    #: What the rule names: a phrase, pattern, competitor or word; of a disclosure what to add, of a link its domain.
    phrase: str
    start: int
    end: int
    messages: Mapping[str, str]
    #: The place of the rule among those of its version, and of the phrase among those of the rule.
    rule_index: int = 0
    phrase_index: int = 0
    #: The end of an embargo; None for what may never be said.
    until: datetime | None = None
    action: RuleAction = RuleAction.STOP
    #: Whose policy it is, if the caller said so with the version.
    level: PolicyLevel | None = None
    #: The words of the text between ``start`` and ``end``.
    found: str = ""
    #: A disclosure that is there too late, or a link that only looks like an allowed one.
    is_near_miss: bool = False

    def message_in(self, language: Language) -> str:
        """The rule's words for a reader of ``language``."""
        chosen = pick(self.messages, language.value)
        return chosen[1] if chosen else self.phrase

    def what_to_do_in(self, language: Language) -> str:
        """The next step for a reader of ``language``."""
        kind = RuleKind(self.code)
        words = NEARLY[kind] if self.is_near_miss and kind in NEARLY else WHAT_TO_DO[kind]
        return words.in_language(
            language,
            phrase=self.phrase,
            found=self.found or self.phrase,
            until=self.until.strftime("%Y-%m-%d %H:%M UTC") if self.until else "",
        )


@dataclass(frozen=True)
class VersionRules:
    """The rules of one policy version, and whose policy it is."""

    version_id: str
    rules: Sequence[Mapping[str, Any]]
    level: PolicyLevel | None = None


def can_match(phrase: str) -> bool:
    """Whether a phrase has anything to look for: a letter or a digit."""
    return bool(folding.fold(phrase).words)


def strictest(hits: Iterable[RuleHit]) -> RuleAction | None:
    """What all hits together mean: one that stops wins over any number that ask for a review; None without hits."""
    actions = {hit.action for hit in hits}
    return RuleAction.STOP if RuleAction.STOP in actions else RuleAction.REVIEW if actions else None


def find_hits(
    text: str,
    versions: Iterable[VersionRules],
    *,
    at: datetime | None = None,
    network: str | None = None,
    language: Language | None = None,
    own_hosts: Collection[str] = (),
) -> list[RuleHit]:
    """Every place of ``text`` that a rule stands against, version by version in the text's order.

    ``at`` is when the text would be out: an embargo that is over by then stands against nothing. Without it, every
    embargo counts. ``network`` and ``language`` are those of the text: rules for others are left out; without them a
    rule counts wherever it holds, and the language is told by the letters. ``own_hosts`` may always be linked to.
    """
    around = Circumstances(at, network, language, compiled.known_hosts(own_hosts))
    look: Look | None = None
    hits: list[RuleHit] = []
    for version in versions:
        if not version.rules:
            continue
        look = look or Look(text)
        ready = compiled.ready_version(version.version_id, version.rules)
        places = sorted(ready.places(look, around), key=lambda place: (place.start, place.end, place.phrase))
        hits += [_hit(place, version, ready, text) for place in places]
    return hits


def _hit(place: Place, version: VersionRules, ready: Compiled, text: str) -> RuleHit:
    rule = ready.rules[place.rule_index]
    return RuleHit(
        code=rule.kind,
        policy_version_id=version.version_id,
        phrase=place.phrase,
        start=place.start,
        end=place.end,
        messages=rule.message,
        rule_index=place.rule_index,
        phrase_index=place.phrase_index,
        until=rule.until,
        action=rule.action,
        level=version.level,
        found=text[place.start : place.end],
        is_near_miss=place.is_near_miss,
    )
