"""Whose account it is that somebody has signed in with: known, invited, or found by what the organization allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.employees import repository as employees
from services.core.employees import service as people
from services.core.employees.models import Employee
from services.core.kit.settings import Settings
from services.core.organizations import identity
from services.core.organizations.identity_errors import NotKnownHere
from services.core.organizations.identity_rules import check_domain, verified_mail
from services.core.organizations.models import IdentityProvider
from services.core.scim import repository as scim


async def person_of(
    session: AsyncSession,
    provider: IdentityProvider,
    claims: Mapping[str, Any],
    *,
    token_id: UUID | None,
    settings: Settings,
) -> UUID:
    """The person; their roles are those of their groups from here on.

    Raises NotKnownHere, NotInvited, DomainRefused, InvitationOfAnother, TokenRefused or NotEmployed.
    """
    subject = claims["sub"]
    check_domain(claims, allowed=provider.allowed_domains)
    known = await identity.find_person(session, provider, subject, settings=settings)
    if known is not None:
        employee = await people.get_present(session, known)
    else:
        employee, how = await _find(session, provider, claims, token_id=token_id)
        await identity.link(session, provider, subject, employee.id, how=how, settings=settings)
    await identity.settle_roles(session, provider, employee.id, claims)
    return employee.id


async def _find(
    session: AsyncSession, provider: IdentityProvider, claims: Mapping[str, Any], *, token_id: UUID | None
) -> tuple[Employee, str]:
    """Who an account that we do not know belongs to, and how we know."""
    if token_id is not None:
        employee = await people.get_present(session, await identity.use_invitation(session, token_id))
        identity.check_invited_mail(claims, work_email=employee.work_email)
        return employee, "invitation"
    if provider.links_directory_id:
        found = await scim.find_employed_as(session, claims["sub"])
        if found is not None:
            return await people.get_present(session, found), "directory_id"
    mail = verified_mail(claims)
    if provider.links_verified_email and mail is not None:
        person = await employees.find_employed_at(session, mail)
        if person is not None:
            return await people.get_present(session, person.id), "verified_email"
    raise NotKnownHere()
