"""What callers send and get about policies, their versions, acknowledgements and checks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.policies import rules
from services.core.policies.models import VersionState
from services.core.policies.rules import RuleKind


def _has_words(value: str) -> str:
    if not rules.can_match(value):
        raise ValueError("write at least one letter or digit")
    return value


Words = Annotated[str, AfterValidator(_has_words)]
Line = Annotated[Words, Field(min_length=1, max_length=1000)]
Phrase = Annotated[Words, Field(min_length=1, max_length=200)]


class PolicyCreate(WriteModel):
    """A new policy: of one program, or of the whole organization."""

    title: Words = Field(min_length=1, max_length=200, examples=["What we say and what we leave out"])
    program_id: UUID | None = Field(default=None, description="Without it the policy binds every program.")


class PolicyRead(ReadModel):
    """A policy and the version that is in force."""

    id: UUID
    program_id: UUID | None
    title: str
    current_version_id: UUID | None = Field(default=None, description="The published version; null before the first.")
    created_at: datetime
    updated_at: datetime


class PolicyText(WriteModel):
    """The policy in one language, in the words of people."""

    summary: Words = Field(min_length=1, max_length=5000, examples=["Speak as yourself; leave prices to sales."])
    dos: list[Line] = Field(default_factory=list, max_length=100, examples=[["Say that you work here."]])
    donts: list[Line] = Field(default_factory=list, max_length=100, examples=[["Promise returns."]])


class Rule(WriteModel):
    """Phrases that may not be in a post, or not before a moment, and what to tell whoever writes one."""

    kind: RuleKind = Field(examples=["forbidden_phrase"])
    phrases: list[Phrase] = Field(min_length=1, max_length=200, examples=[["guaranteed returns"]])
    message: dict[Language, Line] = Field(
        min_length=1,
        examples=[{"en": "We promise no returns. Say what the product does.", "he": "איננו מבטיחים תשואות."}],
        description="Per language; says what to do.",
    )
    until: AwareInstant | None = Field(
        default=None,
        validate_default=True,
        examples=["2030-01-15T09:00:00Z"],
        description="Only of an `embargo`, which needs it: before this moment no post with such a phrase goes out.",
    )

    @field_validator("until")
    @classmethod
    def _only_of_an_embargo(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        kind = info.data.get("kind")
        if kind is RuleKind.EMBARGO and value is None:
            raise ValueError("say until when the embargo lasts, such as 2030-01-15T09:00:00Z")
        if kind is RuleKind.FORBIDDEN_PHRASE and value is not None:
            raise ValueError("leave it out, or make the kind embargo: a forbidden phrase has no end")
        return value


class VersionCreate(WriteModel):
    """A new wording, as a draft."""

    texts: dict[Language, PolicyText] = Field(
        min_length=1,
        examples=[{"en": {"summary": "Speak as yourself.", "dos": ["Say that you work here."], "donts": []}}],
    )
    rules: list[Rule] = Field(default_factory=list, max_length=200)


class VersionRead(ReadModel):
    """One wording of a policy."""

    id: UUID
    policy_id: UUID
    number: int
    state: VersionState
    texts: dict[Language, PolicyText]
    rules: list[Rule]
    written_by: UUID = Field(description="The employee, or for a service the key.")
    published_by: UUID | None
    published_at: datetime | None
    created_at: datetime


class AcknowledgementCreate(WriteModel):
    """The caller has read a version and agrees to it."""

    version_id: UUID
    language: Language = Field(examples=["en"], description="The language it was read in.")


class AcknowledgementRead(ReadModel):
    """Somebody's agreement to one version."""

    id: UUID
    version_id: UUID
    employee_id: UUID
    language: Language
    created_at: datetime


class PolicyCheck(WriteModel):
    """A text to look at. It is not stored."""

    program_id: UUID
    text: str = Field(min_length=1, max_length=20_000, examples=["We offer guaranteed returns."])
    language: Language = Field(examples=["en"], description="The language of the explanations.")


class PolicyHit(ReadModel):
    """One place in the text that a rule stands against."""

    policy_version_id: UUID
    level: str = Field(examples=["program"], description="`organization` or `program`.")
    rule: str = Field(examples=["forbidden_phrase"])
    rule_pointer: str = Field(examples=["/rules/0"], description="The rule in its version.")
    phrase: str
    start: int = Field(description="Index of the first character.")
    end: int = Field(description="Index after the last character.")
    message: str = Field(description="The rule's own words.")
    what_to_do: str
    until: datetime | None = Field(description="The end of an embargo; null for what may never be said.")


class PolicyChecked(ReadModel):
    """What stands against a text; empty if nothing does."""

    hits: list[PolicyHit]
