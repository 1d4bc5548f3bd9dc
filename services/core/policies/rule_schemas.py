"""What the rules of a policy look like: data that an organization writes, one shape for each kind of rule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import idna
from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.policies import patterns, rules
from services.core.policies.kinds import PolicyLevel, RuleAction, RuleKind, Topic
from services.core.policies.rules import RuleHit


def _has_words(value: str) -> str:
    if not rules.can_match(value):
        raise ValueError("write at least one letter or digit")
    return value


def _is_pattern(value: str) -> str:
    patterns.read(value)
    return value


def _domain(value: str) -> str:
    bare = value.strip().removeprefix("*.").rstrip(".")
    try:
        name = idna.encode(bare, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError("write a domain alone, such as example.com: no https://, no path") from error
    if "." not in name:
        raise ValueError("write a domain with its ending, such as example.com")
    return name


Words = Annotated[str, AfterValidator(_has_words)]
Line = Annotated[Words, Field(min_length=1, max_length=1000)]
Phrase = Annotated[Words, Field(min_length=1, max_length=200)]
Pattern = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_is_pattern)]
Domain = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_domain)]
Network = Annotated[str, Field(min_length=1, max_length=40)]
#: Words that an organization adds to a built-in list, or takes out of it; patterns, as everywhere.
Added = Annotated[list[Pattern], Field(max_length=500)]
Removed = Annotated[list[Phrase], Field(max_length=500)]


class AnyRule(WriteModel):
    """What every rule has: its words for people, how strict it is, and where it holds."""

    message: dict[Language, Line] = Field(
        min_length=1,
        examples=[{"en": "We promise no returns. Say what the product does.", "he": "איננו מבטיחים תשואות."}],
        description="Per language; says what to do.",
    )
    action: RuleAction = Field(
        default=RuleAction.STOP,
        examples=["stop"],
        description="`stop`: the text cannot be shared so; `review`: somebody reads it first.",
    )
    networks: list[Network] = Field(
        default_factory=list, max_length=50, examples=[["linkedin"]], description="Where it holds; empty: everywhere."
    )
    languages: list[Language] = Field(
        default_factory=list, description="The languages of texts that it holds for; empty: all."
    )


class ForbiddenPhrase(AnyRule):
    """Phrases that may not be in a post."""

    kind: Literal[RuleKind.FORBIDDEN_PHRASE] = Field(examples=["forbidden_phrase"])
    phrases: list[Phrase] = Field(min_length=1, max_length=200, examples=[["guaranteed returns"]])
    until: datetime | None = Field(default=None, description="Always null: a forbidden phrase has no end.")

    @field_validator("until", mode="before")
    @classmethod
    def _has_no_end(cls, value: Any) -> None:
        if value is not None:
            raise ValueError("leave it out, or make the kind embargo: a forbidden phrase has no end")


class Embargo(AnyRule):
    """Phrases that may not be out before a moment."""

    kind: Literal[RuleKind.EMBARGO] = Field(examples=["embargo"])
    phrases: list[Phrase] = Field(min_length=1, max_length=200, examples=[["Lumen X"]])
    until: AwareInstant | None = Field(
        default=None,
        validate_default=True,
        examples=["2030-01-15T09:00:00Z"],
        description="Required. Before this moment, to the second, no post with such a phrase goes out.",
    )

    @field_validator("until")
    @classmethod
    def _has_an_end(cls, value: datetime | None) -> datetime:
        if value is None:
            raise ValueError("say until when the embargo lasts, such as 2030-01-15T09:00:00Z")
        return value


class PatternRule(AnyRule):
    """Wordings with a variable part: `*` inside a word, `#` for a number, `[a|b]` for one of some."""

    kind: Literal[RuleKind.PATTERN] = Field(examples=["pattern"])
    patterns: list[Pattern] = Field(min_length=1, max_length=200, examples=[["Q# [results|revenue]", "project lum*"]])


class TopicRule(AnyRule):
    """A whole subject, by the product's own lists of words in English and Hebrew."""

    kind: Literal[RuleKind.TOPIC] = Field(examples=["topic"])
    topic: Topic = Field(examples=["politics"])
    add: Added = Field(default_factory=list, description="Words of yours that belong to the subject, as patterns.")
    remove: Removed = Field(default_factory=list, description="Words that are harmless with you, such as a product.")


class Competitor(WriteModel):
    """Somebody whose name stays out, however it is spelled."""

    name: Phrase = Field(examples=["Glowtech"])
    aliases: list[Phrase] = Field(
        default_factory=list,
        max_length=50,
        examples=[["גלוטק", "Glow Tech"]],
        description="Other spellings, Hebrew and Latin ones, short names, accounts.",
    )


class CompetitorRule(AnyRule):
    """Competitors: also in hashtags, accounts, addresses and written as one word."""

    kind: Literal[RuleKind.COMPETITOR] = Field(examples=["competitor"])
    competitors: list[Competitor] = Field(
        min_length=1, max_length=200, examples=[[{"name": "Glowtech", "aliases": ["גלוטק"]}]]
    )


class PayRule(AnyRule):
    """What somebody earns: an amount near a word for pay. Prices and turnover are none."""

    kind: Literal[RuleKind.PAY] = Field(examples=["pay"])
    add: Added = Field(default_factory=list, description="Words of yours for pay, as patterns.")
    remove: Removed = Field(default_factory=list, description="Words that do not mean pay with you.")


class DisclosureRule(AnyRule):
    """Words that have to be near the top of every post, in its language."""

    kind: Literal[RuleKind.REQUIRED_DISCLOSURE] = Field(examples=["required_disclosure"])
    texts: dict[Language, list[Phrase]] = Field(
        min_length=1,
        examples=[{"en": ["I work at Lumen", "#LumenTeam"], "he": ["העבודה שלי בלומן"]}],
        description="Per language the wordings that will do; the first is the one proposed.",
    )
    within_characters: int = Field(
        default=200, ge=1, le=20_000, description="It begins before so many characters of the post."
    )

    @field_validator("texts")
    @classmethod
    def _has_wordings(cls, value: dict[Language, list[str]]) -> dict[Language, list[str]]:
        if not all(value.values()):
            raise ValueError("give at least one wording for each language you name")
        return value


class LinksRule(AnyRule):
    """The only domains that a post may link to, with their subdomains."""

    kind: Literal[RuleKind.LINKS_ALLOWED] = Field(examples=["links_allowed"])
    domains: list[Domain] = Field(max_length=200, examples=[["example.com"]], description="None: no link at all.")


def _point_at_fields(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """A rule, or the problems of its fields by their names alone: a caller did not write the kind between them."""
    try:
        return handler(value)
    except ValidationError as error:
        raise ValidationError.from_exception_data(error.title, [_detail(one) for one in error.errors()]) from error


def _detail(problem: Any) -> InitErrorDetails:
    kind, place = str(problem["type"]), tuple(problem["loc"])
    if kind.startswith("union_tag"):
        kinds = ", ".join(RuleKind)
        return InitErrorDetails(
            type=PydanticCustomError("enum", "use one of these kinds: {kinds}", {"kinds": kinds}),
            loc=("kind",),
            input=problem["input"],
        )
    return InitErrorDetails(type=kind, loc=place[1:], input=problem["input"], ctx=problem.get("ctx", {}))


#: One rule of a version. Each is stored as ``model_dump(mode="json")`` and read back by its ``kind``.
Rule = Annotated[
    ForbiddenPhrase | Embargo | PatternRule | TopicRule | CompetitorRule | PayRule | DisclosureRule | LinksRule,
    Field(discriminator="kind"),
    WrapValidator(_point_at_fields),
]


class RuleHitRead(ReadModel):
    """A rule that stands against a text: which one, where, and what to do about it."""

    policy_version_id: UUID
    level: PolicyLevel | None = Field(examples=["program"], description="Whose policy it is.")
    rule: RuleKind = Field(examples=["forbidden_phrase"])
    rule_pointer: str = Field(examples=["/rules/0"], description="The rule in its version.")
    action: RuleAction = Field(examples=["stop"])
    phrase: str = Field(description="What the rule names: a phrase, a pattern, a competitor, a word of a topic.")
    found: str = Field(description="The words of the text; empty for what is missing from it.")
    start: int = Field(description="Index of the first character, in code points of the text as it was sent.")
    end: int = Field(description="Index after the last character.")
    message: str = Field(description="The rule's own words.")
    what_to_do: str
    until: datetime | None = Field(description="The end of an embargo; null for what may never be said.")


def read_hit(hit: RuleHit, *, language: Language) -> RuleHitRead:
    """A hit for a reader of ``language``."""
    return RuleHitRead(
        policy_version_id=UUID(hit.policy_version_id),
        level=hit.level,
        rule=RuleKind(hit.code),
        rule_pointer=f"/rules/{hit.rule_index}",
        action=hit.action,
        phrase=hit.phrase,
        found=hit.found,
        start=hit.start,
        end=hit.end,
        message=hit.message_in(language),
        what_to_do=hit.what_to_do_in(language),
        until=hit.until,
    )
