"""The one list of all tables: whose they are, how long rows are kept, and what becomes of a person's rows.

Retention, exports and erasures are read from here alone; a test fails for a table that is missing.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from services.core.audit.chain import KEPT as AUDIT_KEPT


class Owner(StrEnum):
    """Whose the rows of a table are."""

    #: One person's own: nobody else sees them.
    PERSON = "person"
    #: About a person, for who runs a program: membership, roles, directory.
    MEMBERSHIP = "membership"
    ORGANIZATION = "organization"
    INSTALLATION = "installation"


class Fate(StrEnum):
    """What an erasure does to a person's rows."""

    DELETE = "delete"
    #: The row is counted somewhere and stays, as that of a record that is nobody's; ``blank`` says what is emptied.
    BLANK = "blank"


@dataclass(frozen=True)
class Keep:
    """How long rows are kept: ``days`` after ``since``; without days, as ``why`` says."""

    why: str
    days: int | None = None
    since: str = "created_at"
    #: Besides their age, such as ``state <> 'open'``.
    only: str = "true"
    #: Who lets them go; ``privacy.retention``: the job that reads this list.
    by: str = "privacy.retention"


@dataclass(frozen=True)
class Rule:
    """What holds for one table."""

    noun: str
    table: str
    owner: Owner
    keep: Keep
    #: Columns that name the person; or (column, table) of the row that a person's row belongs to.
    people: tuple[str, ...] = ()
    parent: tuple[str, str] | None = None
    fate: Fate = Fate.BLANK
    #: New values by column when the person's record goes; ``{id}`` is the row's id.
    blank: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_personal(self) -> bool:
        """Whether rows belong to a person."""
        return bool(self.people or self.parent)

    @property
    def columns(self) -> sa.Table:
        """The table itself."""
        return tables()[self.table]


_WITH_PERSON = Keep("until the person's record is erased")
_WITH_THING = Keep("as long as the program, item or other thing that it belongs to")
_WITH_ORGANIZATION = Keep("as long as the organization")
_BY_DAY = Keep("a number without names, as long as the organization")
_INSTALLATION = Keep("as long as the installation")


def _days(days: int, *, since: str = "created_at", only: str = "true", by: str = "privacy.retention") -> Keep:
    return Keep(f"{days} days", days, since, only, by)


def _own(noun: str, table: str, *people: str, keep: Keep = _WITH_PERSON, **more: Any) -> Rule:
    return Rule(noun, table, Owner.PERSON, keep, people or ("employee_id",), **more)


def _about(noun: str, table: str, *people: str, keep: Keep = _WITH_PERSON, **more: Any) -> Rule:
    return Rule(noun, table, Owner.MEMBERSHIP, keep, people or ("employee_id",), **more)


def _below(noun: str, table: str, parent: tuple[str, str], *, keep: Keep = _WITH_PERSON, **more: Any) -> Rule:
    return Rule(noun, table, Owner.PERSON, keep, (), parent, **more)


def _of_all(noun: str, *names: str, keep: Keep = _WITH_THING) -> tuple[Rule, ...]:
    return tuple(Rule(noun, name, Owner.ORGANIZATION, keep) for name in names)


_DELETE: dict[str, Any] = {"fate": Fate.DELETE}
_POST = ("publication_id", "publications")
_ACCOUNT = ("connection_id", "connections")
_NO_WORDS: dict[str, Any] = {"vendor_message": None}

#: In the order in which an erasure goes through them: what refers to something comes before it.
RULES: tuple[Rule, ...] = (
    # organizations
    _about("organizations", "identity_grants", **_DELETE),
    _about("scim", "group_grants", **_DELETE),
    _about("organizations", "role_grants", **_DELETE),
    _own("organizations", "identities", **_DELETE),
    _own("organizations", "browser_sessions", keep=_days(30, since="expires_at"), **_DELETE),
    _own("organizations", "one_time_tokens", keep=_days(30, since="expires_at"), **_DELETE),
    _own("organizations", "api_keys", blank={"name": "erased"}),
    Rule("organizations", "sign_ins", Owner.PERSON, _days(1, since="expires_at")),
    Rule("organizations", "sign_in_link_requests", Owner.PERSON, _days(1)),
    *_of_all("organizations", "organizations", "identity_providers", keep=_WITH_ORGANIZATION),
    # ambassadors, recruitment, coaching, training
    _own("ambassadors", "declaration_consents", **_DELETE),
    _own("ambassadors", "declarations", **_DELETE),
    _own("ambassadors", "preferences", **_DELETE),
    _own("ambassadors", "pauses", **_DELETE),
    _own("ambassadors", "acknowledgement_refusals", **_DELETE),
    _about("ambassadors", "acknowledgements"),
    _about("ambassadors", "ambassadors"),
    _about("ambassadors", "invitations", blank={"message": None}),
    _about("ambassadors", "onboarding_marks", **_DELETE),
    *_of_all("ambassadors", "personas", "intakes", "open_calls"),
    _about("recruitment", "applications", blank={"nomination_id": None}),
    _about("recruitment", "nominations", "nominee_id", "nominator_id", **_DELETE),
    _own("coaching", "profile_assessments", **_DELETE),
    _own("coaching", "coachings", "employee_id", "coach_employee_id", **_DELETE),
    _own("coaching", "profile_checklists", **_DELETE),
    _own("training", "quiz_attempts", **_DELETE),
    _about("training", "certificates"),
    _about("training", "training_enrolments"),
    *_of_all(
        "training", "curriculum_entries", "training_modules", "training_sessions", "training_costs", "training_budgets"
    ),
    # sharing
    _own("communication", "messages", keep=_days(365, only="state = 'sent'"), **_DELETE),
    _own("content", "interests", **_DELETE),
    _own("launches", "launch_examples", **_DELETE),
    _own("launches", "launch_profiles", **_DELETE),
    _about("launches", "pilot_people", **_DELETE),
    _below("shares", "media_uploads", _POST, keep=_days(90), **_DELETE),
    _below("shares", "attempts", _POST, keep=_days(90, since="armed_at", only="state <> 'open'")),
    _below("shares", "publication_evidence", _POST),
    _below("shares", "first_comments", _POST, blank={"external_id": None, **_NO_WORDS}),
    _own("shares", "post_deletions", blank={"external_id": "erased-{id}", **_NO_WORDS}),
    _own("shares", "publications", blank={"external_id": "erased-{id}", "permalink": None, **_NO_WORDS}),
    _own("shares", "consents", blank={"sealed_content": b""}),
    _own("shares", "shares", blank={"sealed_text": b"", "sealed_comment": None}),
    *_of_all("shares", "stops"),
    _own("links", "tracked_links", blank={"owner_visitor_hash": None, "owner_visitor_on": None}),
    # Clicks are other people's, without anything that says whose; they are counted from the rows themselves.
    *_of_all("links", "clicks", keep=Keep("as long as the program: numbers are counted from the rows; no address")),
    *_of_all("links", "kept_clicks", keep=Keep("the attribution window of the organization, 365 days at most")),
    *_of_all("links", "link_settings", keep=_WITH_ORGANIZATION),
    Rule("links", "daily_salts", Owner.INSTALLATION, _days(1, by="housekeeping.daily")),
    _below("connections", "authorization_requests", _ACCOUNT, keep=_days(1, since="expires_at"), **_DELETE),
    _below("connections", "webhook_receipts", _ACCOUNT, keep=_days(30), **_DELETE),
    _below("connections", "connection_budgets", _ACCOUNT, **_DELETE),
    _own(
        "connections", "connections",
        blank={"sealed_account": None, "sealed_credentials": None, "account_hash": None, "new_grant": sa.null()},
    ),
    Rule("connections", "vendor_budgets", Owner.INSTALLATION, _INSTALLATION),
    Rule("connections", "vendor_breakers", Owner.INSTALLATION, _INSTALLATION),
    # needs, proposals, content
    _below("needs", "need_messages", ("need_id", "needs")),
    _about("needs", "needs"),
    *_of_all("needs", "needs_desks"),
    _about("proposals", "proposals"),
    _own("content", "offers"),
    _about("content", "reviews", "reviewer_employee_id", keep=_WITH_THING),
    _about("content", "content_items", "author_employee_id", keep=_WITH_THING),
    _about("assets", "assets", "uploaded_by_employee_id", keep=_WITH_THING),
    *_of_all("content", "variants", "topics", "review_rules", "item_feedback"),
    *_of_all("feeds", "feed_sources", "feed_entries"),
    # programs and what they are steered with
    # What nobody answers for any more stays known as such.
    _about("programs", "responsibilities"),
    _about("programs", "sponsor_commitments", keep=_WITH_THING, blank={"sealed_statement": b""}),
    *_of_all("programs", "programs", "program_channels", "benefits", "pilots"),
    _about("plans", "content_plans", "owner_employee_id", keep=_WITH_THING),
    _about("plans", "content_plan_alerts", keep=_WITH_THING),
    *_of_all("plans", "content_plan_periods"),
    _about("policies", "policy_approvals", keep=_WITH_THING),
    _about("policies", "policy_approvers", **_DELETE),
    *_of_all("policies", "policies", "policy_versions"),
    _about("goals", "goals", "owner_employee_id", keep=_WITH_THING),
    *_of_all(
        "goals", "goal_feed_sources", "kpis", "kpi_versions", "measurements", "measurement_corrections", "program_rates"
    ),
    *_of_all("conversions", "conversions", "conversion_touches", "conversion_credits"),
    *_of_all("surveys", "survey_rounds", "survey_counts", keep=_BY_DAY),
    *_of_all("measurement", "metric_snapshots"),
    *_of_all("reports", "eligible_counts", keep=_BY_DAY),
    *_of_all("forecasts", "forecasts"),
    _about("launches", "loud_launches", "sponsor_employee_id", keep=_WITH_THING),
    *_of_all("launches", "launch_gates"),
    # platforms
    _about("platforms", "audience_members", **_DELETE),
    *_of_all(
        "platforms", "platform_connections", "platform_settings", "platform_budgets", "platform_readings",
        "platform_report_imports", "platform_report_rows", "content_pushes", "audience_syncs",
    ),
    Rule("platforms", "platform_authorizations", Owner.ORGANIZATION, _days(1, since="expires_at")),
    *_of_all("moves", "platform_moves", "platform_move_steps"),
    # the directory
    Rule("employees", "directory_rows", Owner.MEMBERSHIP, _days(7, by="housekeeping.hourly")),
    *_of_all("employees", "directory_syncs", "directory_sources", keep=_WITH_ORGANIZATION),
    *_of_all("employees", "headcounts", keep=_BY_DAY),
    Rule("employees", "directory_tombstones", Owner.ORGANIZATION, Keep("for good: what stands against a re-import")),
    Rule("scim", "scim_external_ids", Owner.MEMBERSHIP, Keep("as long as the user or group it names")),
    _below("scim", "scim_members", ("user_id", "scim_users"), **_DELETE),
    _about("scim", "scim_users", **_DELETE),
    *_of_all("scim", "scim_groups", "group_mappings", keep=_WITH_ORGANIZATION),
    _own("employees", "data_keys", **_DELETE),
    _about(
        "employees", "employees", "id",
        keep=Keep("30 days after leaving, then as that of nobody", 30, "ended_on", "status = 'left'", "privacy.daily"),
    ),
    # what belongs to none of them
    _below("privacy", "privacy_files", ("request_id", "privacy_requests"), keep=_days(7), **_DELETE),
    _own("privacy", "privacy_requests", keep=_days(400, since="finished_at")),
    _about("privacy", "legal_holds", keep=_days(400, since="released_at")),
    *_of_all("events", "events", keep=Keep("as long as the organization: ids alone")),
    *_of_all("audit", "audit_entries", "audit_links", keep=_days(AUDIT_KEPT.days, by="audit.daily")),
    *_of_all("audit", "audit_heads", "audit_pending", keep=_WITH_ORGANIZATION),
    Rule("kit.idempotency", "idempotency_keys", Owner.PERSON, _days(3, by="housekeeping.hourly")),
    Rule("kit.heartbeat", "workers", Owner.INSTALLATION, _days(1, by="housekeeping.hourly")),
)  # fmt: skip

BY_TABLE: Mapping[str, Rule] = {rule.table: rule for rule in RULES}


@lru_cache(maxsize=1)
def tables() -> Mapping[str, sa.Table]:
    """Every table, with the models of every noun read."""
    for noun in {rule.noun for rule in RULES}:
        importlib.import_module(f"services.core.{noun}" if noun.startswith("kit.") else f"services.core.{noun}.models")
    return SQLModel.metadata.tables


def of_person(rule: Rule, *, organization_id: Any, employee_id: Any) -> sa.ColumnElement[bool]:
    """Which rows of a table are one person's."""
    table = rule.columns
    own = table.c.organization_id == organization_id
    if rule.parent is not None:
        column, parent_name = rule.parent
        parent = BY_TABLE[parent_name]
        below = sa.select(parent.columns.c.id).where(
            of_person(parent, organization_id=organization_id, employee_id=employee_id)
        )
        return sa.and_(own, table.c[column].in_(below))
    return sa.and_(own, sa.or_(*(table.c[name] == employee_id for name in rule.people)))
