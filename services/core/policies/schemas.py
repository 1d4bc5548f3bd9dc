"""What callers send and get about policies, their versions, acknowledgements and checks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from services.core.kit.schemas import AwareInstant, ReadModel, WriteModel
from services.core.kit.texts import Language
from services.core.policies.models import ApprovalDecision, VersionState
from services.core.policies.rule_schemas import Line, Rule, RuleHitRead, Words
from services.core.programs.models import Function

#: A refusal says in at least so many characters what would have to change.
MIN_REASON = 10


class PolicyCreate(WriteModel):
    """A new policy: of one program, or of the whole organization."""

    title: Words = Field(min_length=1, max_length=200, examples=["What we say and what we leave out"])
    program_id: UUID | None = Field(default=None, description="Without it the policy binds every program.")


class PolicyRead(ReadModel):
    """A policy and the version that is in force."""

    id: UUID
    program_id: UUID | None
    title: str
    current_version_id: UUID | None = Field(
        default=None, description="The version in force now; null before the first one is."
    )
    next_version_id: UUID | None = Field(
        default=None, description="The version that takes its place at `next_effective_from`, if one is published."
    )
    next_effective_from: datetime | None = None
    created_at: datetime
    updated_at: datetime


class PolicyText(WriteModel):
    """The policy in one language, in the words of people."""

    summary: Words = Field(min_length=1, max_length=5000, examples=["Speak as yourself; leave prices to sales."])
    dos: list[Line] = Field(default_factory=list, max_length=100, examples=[["Say that you work here."]])
    donts: list[Line] = Field(default_factory=list, max_length=100, examples=[["Promise returns."]])


class VersionCreate(WriteModel):
    """A new wording, as a draft."""

    texts: dict[Language, PolicyText] = Field(
        min_length=1,
        examples=[{"en": {"summary": "Speak as yourself.", "dos": ["Say that you work here."], "donts": []}}],
    )
    rules: list[Rule] = Field(default_factory=list, max_length=200)


class VersionPublish(WriteModel):
    """When a version takes effect."""

    effective_from: AwareInstant | None = Field(
        default=None,
        examples=["2030-01-15T09:00:00Z"],
        description="The moment from which it binds; the version before binds until then. Without it, at once.",
    )


class VersionRead(ReadModel):
    """One wording of a policy."""

    id: UUID
    policy_id: UUID
    number: int
    state: VersionState = Field(
        description="draft; scheduled (published, takes effect later); published (in force); superseded."
    )
    texts: dict[Language, PolicyText]
    rules: list[Rule]
    content_hash: str = Field(description="SHA-256 of texts and rules: what an approval names.")
    written_by: UUID = Field(description="The employee, or for a service the key.")
    published_by: UUID | None
    published_at: datetime | None
    effective_from: datetime | None = Field(description="From this moment it binds; null for a draft.")
    effective_until: datetime | None = Field(
        description="When a newer version takes its place; null while none is published."
    )
    created_at: datetime


PolicyFunction = Literal["policy", "spokesperson"]


class ApprovalCreate(WriteModel):
    """The answer of a function's holder about the wording they have read."""

    decision: ApprovalDecision = Field(examples=["approved"])
    content_hash: str = Field(
        min_length=64, max_length=64, examples=["0" * 64], description="As the version has it: the exact bytes."
    )
    function: Function | None = Field(
        default=None, description="Only needed by who holds both: `policy` or `spokesperson`."
    )
    reason: Line | None = Field(
        default=None,
        validate_default=True,
        examples=["The paragraph on prices contradicts the listing rules."],
        description="Needed for a refusal: what would have to change.",
    )

    @field_validator("reason")
    @classmethod
    def _a_refusal_says_why(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("decision") is ApprovalDecision.REFUSED and (value is None or len(value) < MIN_REASON):
            raise ValueError(f"say in at least {MIN_REASON} characters what would have to change")
        return value


class ApprovalRead(ReadModel):
    """One answer about one wording."""

    id: UUID
    version_id: UUID
    function: Function
    employee_id: UUID
    decision: ApprovalDecision
    reason: str | None
    content_hash: str
    created_at: datetime


class HolderRead(ReadModel):
    """Somebody who answers for a function."""

    employee_id: UUID
    name: str


class StandingRead(ReadModel):
    """Where a function stands with a version."""

    function: Function
    title: str = Field(description="The function, in your language.")
    state: Literal["missing", "approved", "refused"]
    holders: list[HolderRead] = Field(description="Who can answer for it; empty: somebody has to be named.")
    answered_by: UUID | None
    answered_at: datetime | None
    reason: str | None


class ApprovalsRead(ReadModel):
    """What the functions say about a version."""

    version_id: UUID
    content_hash: str
    is_approved: bool = Field(description="Whether it may be published.")
    functions: list[StandingRead]
    answers: list[ApprovalRead] = Field(description="Every answer, oldest first.")


class ApproverWrite(WriteModel):
    """A named approver."""

    function: PolicyFunction = Field(examples=["policy"])
    employee_id: UUID


class ApprovalRulesWrite(WriteModel):
    """Who approves an organization's own policy, and whether one person may do it for both functions."""

    approvers: list[ApproverWrite] = Field(
        default_factory=list,
        max_length=50,
        description="For everybody's policy. A program's policy is approved by its responsibilities.",
    )
    one_person_for_both: bool = Field(
        default=False, description="Lets a person who alone holds both functions approve for both."
    )


class FunctionRead(ReadModel):
    """A function, and who holds it."""

    function: Function
    title: str
    holders: list[HolderRead]


class ApprovalRulesRead(ReadModel):
    """Who approves a policy."""

    policy_id: UUID
    one_person_for_both: bool
    functions: list[FunctionRead]


class RewordedRead(ReadModel):
    """A line that reads otherwise now."""

    before: str
    after: str


class LinesChanged(ReadModel):
    """What happened to a list of lines."""

    added: list[str]
    removed: list[str]
    reworded: list[RewordedRead]


class TextChanges(ReadModel):
    """What changed in one language."""

    language: Language
    is_new: bool = Field(description="The version before had no text in this language.")
    is_gone: bool
    summary: RewordedRead | None
    dos: LinesChanged
    donts: LinesChanged


class RuleChange(ReadModel):
    """A rule that came, went or changed."""

    change: Literal["added", "removed", "changed"]
    kind: str
    pointer: str = Field(examples=["/rules/0"], description="In the new version; of a removed rule, in the old one.")
    words: str = Field(description="The change in your language.")
    added: list[str] = Field(description="Words it stands against now and did not before.")
    removed: list[str]


class ChangesRead(ReadModel):
    """One version against another."""

    version_id: UUID
    number: int
    against_version_id: UUID | None = Field(description="Null: there is no version before it.")
    against_number: int | None
    is_same: bool
    texts: list[TextChanges]
    rules: list[RuleChange]
    words: list[str] = Field(description="All of it as lines to read, in your language.")


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


class ProgramAcknowledgements(ReadModel):
    """The members of one program."""

    program_id: UUID
    members: int
    acknowledged: int


class AcknowledgementSummary(ReadModel):
    """Who of the members has agreed to a version. Agreement is membership; a no is nobody's to see."""

    policy_id: UUID
    version_id: UUID
    number: int
    members: int
    acknowledged: int
    not_yet: int
    by_language: dict[str, int]
    programs: list[ProgramAcknowledgements]


class MemberAcknowledgement(ReadModel):
    """One member, and whether they have agreed."""

    employee_id: UUID
    program_id: UUID
    acknowledged_at: datetime | None
    language: Language | None


class MyVersion(ReadModel):
    """A version that binds you, or will."""

    id: UUID
    number: int
    effective_from: datetime | None
    effective_until: datetime | None
    texts: dict[Language, PolicyText]
    url: str = Field(description="Where its texts and rules can be read.")
    needs_acknowledgement: bool
    acknowledged_at: datetime | None
    acknowledged_in: Language | None


class MyPolicy(ReadModel):
    """A policy that binds you: what is in force, what comes, and what changed since you agreed."""

    policy_id: UUID
    title: str
    level: Literal["organization", "program"]
    program_id: UUID | None
    current: MyVersion | None = Field(description="In force now; null: nothing is yet.")
    next: MyVersion | None = Field(description="Takes its place at `effective_from`; you can agree to it already.")
    changes: ChangesRead | None = Field(
        description="What is new against the version you agreed to last; null if you agreed to this one, or to none."
    )


class PolicyCheck(WriteModel):
    """A text to look at. It is not stored."""

    program_id: UUID | None = Field(
        default=None, description="Whose rules count beside the organization's own; without it, those alone."
    )
    text: str = Field(min_length=1, max_length=20_000, examples=["We offer guaranteed returns."])
    language: Language = Field(examples=["en"], description="The language of the explanations.")
    at: AwareInstant | None = Field(
        default=None,
        examples=["2030-01-15T09:00:00Z"],
        description="When it would be out: which versions bind and which embargoes are over by then. Without it, now.",
    )
    network: str | None = Field(default=None, max_length=100, description="Where it would be out.")
    text_language: Language | None = Field(default=None, description="What the text is written in.")


class PolicyHit(RuleHitRead):
    """A rule that stands against the text: which, of which version and level, where, and what to do."""

    policy_id: UUID
    version_number: int


class PolicyChecked(ReadModel):
    """What stands against a text; empty if nothing does."""

    outcome: Literal["clear", "review", "stop"] = Field(description="The strictest of all hits decides.")
    hits: list[PolicyHit]
