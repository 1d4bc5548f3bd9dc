"""Who may do what: roles, the permissions each gives, and the caller a decision is made for. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from services.core.kit.errors import NotAllowed
from services.core.organizations.errors import NotAPerson
from services.core.organizations.models import Role


class Permission(StrEnum):
    """One kind of deed. Roles are bundles of these; a key's scopes narrow them further."""

    ORGANIZATION_READ = "organization.read"
    ORGANIZATION_WRITE = "organization.write"
    KEYS_MANAGE = "keys.manage"
    ROLES_MANAGE = "roles.manage"
    IDENTITY_MANAGE = "identity.manage"
    EMPLOYEES_READ = "employees.read"
    EMPLOYEES_SYNC = "employees.sync"
    SCIM_PUSH = "scim.push"
    PROGRAMS_READ = "programs.read"
    PROGRAMS_CREATE = "programs.create"
    PROGRAMS_WRITE = "programs.write"
    COMMITMENTS_SIGN = "commitments.sign"
    LAUNCHES_OVERRIDE = "launches.override"
    MEASUREMENTS_WRITE = "measurements.write"
    KPIS_WRITE = "kpis.write"
    CONVERSIONS_WRITE = "conversions.write"
    SURVEYS_WRITE = "surveys.write"
    POLICIES_WRITE = "policies.write"
    POLICIES_PUBLISH = "policies.publish"
    AMBASSADORS_READ = "ambassadors.read"
    AMBASSADORS_INVITE = "ambassadors.invite"
    TRAINING_READ = "training.read"
    TRAINING_WRITE = "training.write"
    TRAINING_OVERSPEND = "training.overspend"
    NEEDS_SETTINGS = "needs.settings"
    CONTENT_READ = "content.read"
    CONTENT_WRITE = "content.write"
    CONTENT_REVIEW = "content.review"
    CONTENT_OFFER = "content.offer"
    STOPS_MANAGE = "stops.manage"
    PLATFORMS_READ = "platforms.read"
    PLATFORMS_MANAGE = "platforms.manage"
    REPORTS_READ = "reports.read"
    EVENTS_READ = "events.read"
    AUDIT_READ = "audit.read"
    PRIVACY_MANAGE = "privacy.manage"


#: Permissions that need no role: what a person does for themselves, what an operator does, what anybody may ask.
class Door(StrEnum):
    """Who is let in to a route that no role opens."""

    PERSON = "person"
    OPERATOR = "operator"
    ANYBODY = "anybody"
    KNOWN = "known"


_READERS = frozenset({Permission.ORGANIZATION_READ, Permission.PROGRAMS_READ})
_MANAGER = _READERS | {
    Permission.EMPLOYEES_READ,
    Permission.PROGRAMS_WRITE,
    Permission.MEASUREMENTS_WRITE,
    Permission.KPIS_WRITE,
    Permission.POLICIES_WRITE,
    Permission.AMBASSADORS_READ,
    Permission.AMBASSADORS_INVITE,
    Permission.TRAINING_READ,
    Permission.TRAINING_WRITE,
    Permission.NEEDS_SETTINGS,
    Permission.CONTENT_READ,
    Permission.CONTENT_WRITE,
    Permission.CONTENT_OFFER,
    Permission.STOPS_MANAGE,
    Permission.PLATFORMS_READ,
    Permission.PLATFORMS_MANAGE,
    Permission.REPORTS_READ,
}

#: What only a sponsor does, in person. The owner names sponsors, and the audit tells whom.
SPONSORS_ALONE = frozenset({Permission.LAUNCHES_OVERRIDE})

#: The owner may do everything an organization does, but nothing that is a person's own, or a sponsor's alone.
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission) - SPONSORS_ALONE,
    Role.PROGRAM_MANAGER: _MANAGER,
    Role.EDITOR: _READERS | {Permission.CONTENT_READ, Permission.CONTENT_WRITE, Permission.POLICIES_WRITE},
    Role.APPROVER: _READERS | {Permission.CONTENT_READ, Permission.CONTENT_REVIEW, Permission.POLICIES_PUBLISH},
    Role.ANALYST: _READERS | {Permission.MEASUREMENTS_WRITE, Permission.SURVEYS_WRITE, Permission.REPORTS_READ},
    # Whoever answers for a program to the board can stop it at any hour.
    Role.SPONSOR: _READERS
    | {
        Permission.REPORTS_READ,
        Permission.STOPS_MANAGE,
        Permission.TRAINING_READ,
        Permission.TRAINING_OVERSPEND,
        Permission.COMMITMENTS_SIGN,
    }
    | SPONSORS_ALONE,
    Role.AMBASSADOR: frozenset({Permission.ORGANIZATION_READ}),
    Role.INTEGRATION: _READERS
    | {
        Permission.EMPLOYEES_READ,
        Permission.EMPLOYEES_SYNC,
        Permission.MEASUREMENTS_WRITE,
        Permission.CONVERSIONS_WRITE,
        Permission.SURVEYS_WRITE,
        Permission.EVENTS_READ,
    },
    # Whoever says who is there reads nothing of what they do.
    Role.IDENTITY_SYSTEM: frozenset({Permission.SCIM_PUSH}),
}

#: What concerns the whole organization: a role for one program does not give it.
ORGANIZATION_WIDE = frozenset(
    {
        Permission.ORGANIZATION_WRITE,
        Permission.KEYS_MANAGE,
        Permission.ROLES_MANAGE,
        Permission.IDENTITY_MANAGE,
        Permission.EMPLOYEES_SYNC,
        Permission.SCIM_PUSH,
        Permission.PROGRAMS_CREATE,
        Permission.KPIS_WRITE,
        Permission.CONVERSIONS_WRITE,
        Permission.SURVEYS_WRITE,
        Permission.PLATFORMS_MANAGE,
        Permission.EVENTS_READ,
        Permission.AUDIT_READ,
        Permission.PRIVACY_MANAGE,
    }
)

ALL_SCOPES = "*"


@dataclass(frozen=True)
class Grant:
    """A role, for everything (no program) or for one program."""

    role: Role
    program_id: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Who is asking: a person, a service key, the operator, or the product itself."""

    organization_id: UUID | None
    key_id: UUID | None = None
    employee_id: UUID | None = None
    grants: frozenset[Grant] = frozenset()
    scopes: frozenset[str] = field(default=frozenset({ALL_SCOPES}))
    is_operator: bool = False

    @property
    def name(self) -> str:
        """How audit names this caller: ids, no names."""
        if self.is_operator:
            return "operator"
        if self.employee_id is not None:
            return f"person:{self.employee_id}"
        return f"key:{self.key_id}" if self.key_id is not None else "system"

    def may(self, permission: Permission, *, program_id: UUID | None = None, anywhere: bool = False) -> bool:
        """Whether a grant gives ``permission``: for the program named, for the whole organization, or ``anywhere``."""
        if ALL_SCOPES not in self.scopes and permission not in self.scopes:
            return False
        return any(
            permission in ROLE_PERMISSIONS[grant.role]
            and (anywhere or grant.program_id is None or grant.program_id == program_id)
            for grant in self.grants
        )

    def require(self, permission: Permission, *, program_id: UUID | None = None) -> None:
        """Raise NotAllowed unless ``may``."""
        if not self.may(permission, program_id=program_id):
            raise NotAllowed(permission=permission.value)

    def must_not_exceed(self, role: Role, *, program_id: UUID | None = None) -> None:
        """Nobody gives away more than they may do themselves; raise NotAllowed naming what is missing."""
        for permission in sorted(ROLE_PERMISSIONS[role] - SPONSORS_ALONE):
            self.require(permission, program_id=program_id)

    def programs_for(self, permission: Permission) -> frozenset[UUID] | None:
        """The programs for which the caller has ``permission``; None means all of them."""
        if self.may(permission):
            return None
        return frozenset(
            grant.program_id
            for grant in self.grants
            if grant.program_id is not None and self.may(permission, program_id=grant.program_id)
        )

    def person(self) -> UUID:
        """The employee who is asking; raise NotAPerson for any other caller. Nobody acts for a person."""
        if self.employee_id is None:
            raise NotAPerson()
        return self.employee_id

    def tenant(self) -> UUID:
        """The organization the caller belongs to; raise NotAllowed for a caller without one."""
        if self.organization_id is None:
            raise NotAllowed(permission=Permission.ORGANIZATION_READ.value)
        return self.organization_id


def known_scopes(scopes: Iterable[str]) -> bool:
    """Whether each of ``scopes`` is ``*`` or the name of a permission."""
    return all(scope == ALL_SCOPES or scope in Permission._value2member_map_ for scope in scopes)
