"""Whom an item fits, and which of its variants a person is shown. Pure, no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AnyHttpUrl, TypeAdapter
from rapidfuzz import fuzz, process

from connectors.sdk.addresses import may_be_public
from services.core.content.models import AudienceTag, ItemState, Variant
from services.core.kit.texts import Language, Text

#: Offering an item to more people than this needs two reviewers.
SECOND_APPROVAL_OVER = 100
#: LinkedIn's limit for the text of a post; other networks are shorter, so longer is at least worth a look.
LONG_TEXT = 3000
_THIS_MACHINE = ("127.0.0.1", "localhost")

#: States in which an item's words may change; all but the draft go back to it.
EDITABLE = frozenset({ItemState.DRAFT, ItemState.IN_REVIEW, ItemState.APPROVED})
OFFERABLE = frozenset({ItemState.APPROVED, ItemState.OFFERED})


class Reason(StrEnum):
    """Why a person sees an item."""

    DEPARTMENT = "department"
    COUNTRY = "country"
    EVERYBODY = "everybody"
    LANGUAGE_FALLBACK = "language_fallback"


REASON_TEXTS: dict[Reason, Text] = {
    Reason.DEPARTMENT: Text(
        en="It was written for your department, among others.", he="הפריט נכתב, בין היתר, עבור המחלקה שלך."
    ),
    Reason.COUNTRY: Text(
        en="It was written for your country, among others.", he="הפריט נכתב, בין היתר, עבור המדינה שלך."
    ),
    Reason.EVERYBODY: Text(
        en="It is offered to every ambassador of {program}.", he="הפריט מוצע לכל השגרירים של {program}."
    ),
    Reason.LANGUAGE_FALLBACK: Text(
        en="There is no version in your language yet, so you see it in another one.",
        he="אין עדיין גרסה בשפה שלך, ולכן הפריט מוצג בשפה אחרת.",
    ),
}


def has_passed(end: datetime | None, *, now: datetime) -> bool:
    """Whether an end was set and is over."""
    return end is not None and end <= now


def explain(reasons: Sequence[str], *, language: Language, program: str) -> list[str]:
    """``reasons`` in words for a reader of ``language``."""
    return [REASON_TEXTS[Reason(code)].in_language(language, program=program) for code in reasons]


def audience_reasons(
    audience: Mapping[str, Any], *, department: str | None, country: str | None
) -> list[Reason] | None:
    """Why somebody belongs to ``audience``, or None if they do not. An absent rule fits everybody."""
    reasons = []
    for rule, value, reason in (
        ("departments", department, Reason.DEPARTMENT),
        ("countries", country, Reason.COUNTRY),
    ):
        wanted = audience.get(rule)
        if not wanted:
            continue
        if value is None or value.casefold() not in {name.casefold() for name in wanted}:
            return None
        reasons.append(reason)
    return reasons or [Reason.EVERYBODY]


def tags(given: Sequence[AudienceTag]) -> list[str]:
    """Audience tags as an item keeps them: each once, in the order in which they were given."""
    return list(dict.fromkeys(tag.value for tag in given))


def matches(topics: Sequence[str], goals: Sequence[str] | None) -> bool | None:
    """Whether content about ``topics`` is about one of a person's goals; None for who has named none."""
    return any(goal in topics for goal in goals) if goals else None


_TEXT_LONG = Text(
    en="The text is longer than {limit} characters; LinkedIn takes no more than that.",
    he="הטקסט ארוך מ-{limit} תווים; LinkedIn אינה מקבלת יותר מכך.",
)


def warnings_about(text: str) -> dict[str, Text]:
    """What is worth a look in a variant's text, by code."""
    return {"text_long": _TEXT_LONG} if len(text) > LONG_TEXT else {}


def slug_of(name: str) -> str:
    """How items name a topic: its name in small letters of any script, with hyphens between the words."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "topic"


#: A word so near to a topic that it is rather a slip than another topic (of 100).
NEARLY = 85


def nearest(slug: str, known: Sequence[str]) -> str | None:
    """The topic that a word was probably meant to be."""
    found = process.extractOne(slug, known, scorer=fuzz.ratio, score_cutoff=NEARLY)
    return str(found[0]) if found else None


def wanted_languages(own: Language, only: Sequence[str]) -> tuple[Language, ...]:
    """The languages a person takes content in, best first: their own, or those they have named, with it in front."""
    if not only:
        return (own,)
    named = [Language(one) for one in only if one in Language._value2member_map_]
    return tuple(sorted(named, key=lambda language: language is not own))


def choose_variant(
    variants: Sequence[Variant], *, languages: Sequence[Language], default: Language, networks: Sequence[str]
) -> Variant | None:
    """The variant a person is shown: in one of ``languages``, else the program's default, else the first there is.

    Among networks the program's order decides; a variant for a network it no longer uses is not shown.
    """
    usable = [variant for variant in variants if variant.network in networks]
    if not usable:
        return None

    def rank(variant: Variant) -> tuple[int, int, str]:
        by_language = {language: place for place, language in enumerate(dict.fromkeys((*languages, default)))}
        return (
            by_language.get(variant.language, len(by_language)),
            networks.index(variant.network),
            variant.language.value,
        )

    return min(usable, key=rank)


def check_destination(value: str) -> str:
    """``value`` as a link may point to it: https on a public host, or this machine for trying things out.

    Raises ValueError with what to do.
    """
    url = TypeAdapter(AnyHttpUrl).validate_python(value)
    host = (url.host or "").rstrip(".").lower()
    if url.username or url.password:
        raise ValueError("give an address without user name and password")
    if host in _THIS_MACHINE:
        return str(url)
    if url.scheme != "https":
        raise ValueError("give an address that starts with https://")
    if not may_be_public(host):
        raise ValueError("give an address on a public host, such as https://example.com/page")
    return str(url)
