"""Which version of a policy binds at a moment: the newest whose time has come, however late any job is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from services.core.policies.models import VersionState


@dataclass(frozen=True)
class Dated:
    """A version that was published: which, and from when on."""

    id: UUID
    number: int
    effective_from: datetime | None
    state: VersionState


@dataclass(frozen=True)
class BindingRules:
    """The rules of a version that binds a program, now or from a later moment on."""

    id: UUID
    policy_id: UUID
    number: int
    #: None: the organization's own policy.
    program_id: UUID | None
    effective_from: datetime | None
    rules: Sequence[Mapping[str, Any]]

    @property
    def level(self) -> str:
        """``program`` or ``organization``."""
        return "organization" if self.program_id is None else "program"


class _Begins(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def effective_from(self) -> datetime | None: ...


class _OfAPolicy(_Begins, Protocol):
    @property
    def policy_id(self) -> UUID: ...


V = TypeVar("V", bound=_OfAPolicy)


def has_begun(version: _Begins, *, at: datetime) -> bool:
    """Whether a published version's time has come at ``at``; exactly at its moment it has."""
    return version.effective_from is None or version.effective_from <= at


def binding(versions: Iterable[V], *, at: datetime) -> list[V]:
    """Of versions of several policies, the one of each that binds at ``at``, in the order of their policies."""
    newest: dict[UUID, V] = {}
    for version in versions:
        known = newest.get(version.policy_id)
        if has_begun(version, at=at) and (known is None or known.number < version.number):
            newest[version.policy_id] = version
    return list(newest.values())


@dataclass(frozen=True)
class Span:
    """What a version is at a moment, and how long it binds."""

    state: VersionState
    #: When a newer version takes its place or took it; None while none is published.
    until: datetime | None


def span_of(version_id: UUID, published: Sequence[Dated], *, at: datetime) -> Span:
    """State and end of one of a policy's published versions; a draft is one that is not among them."""
    own = next((one for one in published if one.id == version_id), None)
    if own is None:
        return Span(VersionState.DRAFT, None)
    ends = [one.effective_from for one in published if one.number > own.number and one.effective_from is not None]
    until = min(ends, default=None)
    if own.state is VersionState.SUPERSEDED or (until is not None and until <= at):
        return Span(VersionState.SUPERSEDED, until)
    return Span(VersionState.PUBLISHED if has_begun(own, at=at) else VersionState.SCHEDULED, until)
