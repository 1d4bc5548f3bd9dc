"""The words that rules are described with."""

from __future__ import annotations

from enum import StrEnum


class RuleKind(StrEnum):
    """What a rule looks for."""

    FORBIDDEN_PHRASE = "forbidden_phrase"
    #: The same, but only until a moment that the rule names.
    EMBARGO = "embargo"
    #: Wordings with a variable part.
    PATTERN = "pattern"
    #: A subject, by built-in lists of words.
    TOPIC = "topic"
    COMPETITOR = "competitor"
    #: Amounts near words for pay.
    PAY = "pay"
    #: What has to be there, near the top.
    REQUIRED_DISCLOSURE = "required_disclosure"
    #: The only domains that may be linked to.
    LINKS_ALLOWED = "links_allowed"


class RuleAction(StrEnum):
    """What a hit means for the text."""

    #: It cannot be shared so.
    STOP = "stop"
    #: Somebody reads it first.
    REVIEW = "review"


class PolicyLevel(StrEnum):
    """Whose policy a rule is of."""

    ORGANIZATION = "organization"
    PROGRAM = "program"


class Topic(StrEnum):
    """Subjects that the product has lists of words for."""

    RELIGION = "religion"
    POLITICS = "politics"
