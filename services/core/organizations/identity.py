"""Identity providers of organizations, and how an account at one becomes a person here. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlmodel.ext.asyncio.session import AsyncSession

from services.core.audit import service as audit
from services.core.kit import crypto, db
from services.core.kit.settings import Settings
from services.core.organizations import hot, repository
from services.core.organizations import identity_repository as rows
from services.core.organizations.errors import TokenRefused
from services.core.organizations.identity_errors import (
    AudienceNotApart,
    InvitationOfAnother,
    NotInvited,
    ProviderExists,
    ProviderNotTrusted,
    SignInLost,
)
from services.core.organizations.identity_rules import groups_in, roles_of
from services.core.organizations.identity_schemas import IdentityProviderCreate, IdentityProviderUpdate
from services.core.organizations.identity_tokens import Client
from services.core.organizations.models import (
    Identity,
    IdentityGrant,
    IdentityProvider,
    Role,
    RoleGrant,
    SignIn,
)
from services.core.organizations.rules import Actor, Permission

SCOPE = "openid email profile"
SIGN_IN_FOR = timedelta(minutes=10)
_STATE_LENGTH = 43
_SECRET = "identity_providers.client_secret"


def redirect_uri(settings: Settings) -> str:
    """Where providers send a browser back to: one address, compared by them character for character."""
    return f"{settings.public_url}/v1/auth/callback"


async def create_provider(
    session: AsyncSession, actor: Actor, body: IdentityProviderCreate, *, settings: Settings
) -> IdentityProvider:
    """Let an organization's people sign in with a provider; raise ProviderExists, AudienceNotApart or NotAllowed."""
    actor.require(Permission.IDENTITY_MANAGE)
    _check_audience(body.audience, body.client_id)
    _must_not_exceed(actor, body.model_dump(mode="json")["group_roles"])
    if await rows.find_same_provider(session, issuer=body.issuer, client_id=body.client_id) is not None:
        raise ProviderExists()
    values = body.model_dump(mode="json", exclude={"client_secret"})
    provider = IdentityProvider(organization_id=actor.tenant(), **values)
    _seal(provider, body.client_secret, settings=settings)
    session.add(provider)
    await session.flush()
    audit.record(session, actor=actor.name, action="identity_provider.create", subject=provider, after=values)
    return provider


async def update_provider(
    session: AsyncSession,
    actor: Actor,
    provider: IdentityProvider,
    body: IdentityProviderUpdate,
    *,
    settings: Settings,
) -> IdentityProvider:
    """Change the rules of a provider; what its groups gave and give no more is taken away at once."""
    actor.require(Permission.IDENTITY_MANAGE)
    dumped = body.model_dump(mode="json", exclude={"client_secret"})
    changes = {
        name: dumped[name]
        for name in body.model_fields_set - {"client_secret"}
        if dumped[name] is not None or name == "audience"
    }
    _check_audience(changes.get("audience"), provider.client_id)
    _must_not_exceed(actor, changes.get("group_roles", []))
    before = {name: getattr(provider, name) for name in changes}
    for name, value in changes.items():
        setattr(provider, name, value)
    if "client_secret" in body.model_fields_set:
        _seal(provider, body.client_secret, settings=settings)
    session.add(provider)
    await session.flush()
    audit.record(
        session, actor=actor.name, action="identity_provider.update", subject=provider, before=before, after=changes
    )
    possible = roles_of(provider.group_roles, None)
    for grant in await rows.list_given(session, provider_id=provider.id):
        if (grant.role, grant.program_id) not in possible:
            await _take(session, grant, actor=actor.name)
    if not provider.is_enabled:
        await rows.end_sessions(session, provider_id=provider.id)
    await session.flush()
    return provider


async def delete_provider(session: AsyncSession, actor: Actor, provider: IdentityProvider) -> None:
    """Nobody signs in with it any more: its sessions, its accounts and what its groups gave are gone."""
    actor.require(Permission.IDENTITY_MANAGE)
    for grant in await rows.list_given(session, provider_id=provider.id):
        await _take(session, grant, actor=actor.name)
    await session.flush()
    audit.record(session, actor=actor.name, action="identity_provider.delete", subject=provider)
    await session.delete(provider)
    await session.flush()


def client_of(provider: IdentityProvider, *, settings: Settings) -> Client:
    """Us, as this provider knows us, with the secret opened."""
    sealed, secret = provider.sealed_client_secret, None
    if sealed is not None:
        secret = crypto.Sealer(settings.master_keys).open(sealed, place=_place(provider)).decode()
    return Client(provider.client_id, redirect_uri(settings), secret)


async def seal_anew(session: AsyncSession, *, master: crypto.Sealer) -> tuple[int, list[UUID]]:
    """Bring the client secrets under the key in use: how many were, and the providers whose secret does not open."""
    done: int = 0
    damaged: list[UUID] = []
    for provider in (await session.exec(rows.providers(session))).all():
        sealed = provider.sealed_client_secret
        if sealed is None or sealed.startswith(master.prefix):
            continue
        try:
            await rows.save_secret(session, provider, master.seal_anew(sealed, place=_place(provider)))
            done += 1
        except crypto.CannotOpen:
            damaged.append(provider.id)
    return done, damaged


@dataclass(frozen=True)
class Begun:
    """A sign-in under way: what goes to the provider, and what stays in this browser."""

    state: str = field(repr=False)
    browser: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


async def begin(
    session: AsyncSession,
    provider: IdentityProvider,
    *,
    return_to: str | None,
    token_id: UUID | None,
    browser: str | None,
    settings: Settings,
) -> Begun:
    """Take note of a sign-in that begins in this browser, perhaps with an invitation in hand.

    ``browser``: what it holds of another that it has begun, so that two tabs do not put each other out.
    """
    now = await db.now(session)
    await rows.delete_old_sign_ins(session, before=now - timedelta(hours=1))
    state = crypto.random_text(_STATE_LENGTH)
    if browser is None or len(browser) != _STATE_LENGTH or not (browser.isascii() and browser.isalnum()):
        browser = crypto.random_text(_STATE_LENGTH)
    session.add(
        SignIn(
            organization_id=db.organization_of(session),
            provider_id=provider.id,
            state_hash=_hashed(settings, "sign_in_state", state),
            browser_hash=_hashed(settings, "sign_in_browser", browser),
            return_to=return_to,
            token_id=token_id,
            expires_at=now + SIGN_IN_FOR,
        )
    )
    await session.flush()
    return _begun(settings, state, browser)


async def find_sign_in(database: db.Database, settings: Settings, state: str) -> tuple[UUID, UUID]:
    """Organization and id of the sign-in that a provider has answered; raise SignInLost."""
    found = await hot.find_sign_in(database, _hashed(settings, "sign_in_state", state))
    if found is None:
        raise SignInLost()
    return found


async def take_sign_in(
    session: AsyncSession, sign_in_id: UUID, *, state: str, browser: str, settings: Settings
) -> tuple[SignIn, IdentityProvider, Begun]:
    """Use a sign-in up, in the browser that began it; raise SignInLost. Another browser uses nothing up."""
    sign_in = await rows.take_sign_in(session, sign_in_id)
    if sign_in is None or not crypto.same(sign_in.browser_hash, _hashed(settings, "sign_in_browser", browser)):
        raise SignInLost()
    sign_in.used_at = await db.now(session)
    session.add(sign_in)
    await session.flush()
    provider = await rows.find_enabled(session, sign_in.provider_id)
    if provider is None:
        raise SignInLost()
    return sign_in, provider, _begun(settings, state, browser)


async def find_person(
    session: AsyncSession, provider: IdentityProvider, subject: str, *, settings: Settings
) -> UUID | None:
    """Whose account this is, if we know."""
    subject_hash = hash_subject(settings, provider.id, subject)
    known = await rows.find_identity(session, provider_id=provider.id, subject_hash=subject_hash)
    return known.employee_id if known is not None else None


async def use_invitation(session: AsyncSession, token_id: UUID) -> UUID:
    """Who was invited; the invitation's link is used up. Raise TokenRefused."""
    token = await repository.take_token(session, token_id)
    if token is None:
        raise TokenRefused()
    token.used_at = await db.now(session)
    session.add(token)
    return token.employee_id


def check_invited_mail(claims: Mapping[str, Any], *, work_email: str) -> None:
    """Raise InvitationOfAnother when the account has another address than the mailbox that was invited.

    Else somebody could give their own invitation to a colleague, and have the colleague's account open theirs.
    """
    mail = claims.get("email")
    if isinstance(mail, str) and mail.lower() != work_email.lower():
        raise InvitationOfAnother()


async def link(
    session: AsyncSession,
    provider: IdentityProvider,
    subject: str,
    employee_id: UUID,
    *,
    how: str,
    settings: Settings,
) -> None:
    """Remember whose account this is; raise NotInvited where invitations are asked for and there was none."""
    if provider.is_invitation_only and how != "invitation" and not await rows.is_invited(session, employee_id):
        raise NotInvited()
    identity = Identity(
        organization_id=provider.organization_id,
        provider_id=provider.id,
        subject_hash=hash_subject(settings, provider.id, subject),
        employee_id=employee_id,
    )
    session.add(identity)
    audit.record(
        session, actor=f"person:{employee_id}", action="identity.link", subject=identity,
        after={"provider_id": provider.id, "how": how},
    )  # fmt: skip
    await session.flush()


async def settle_roles(
    session: AsyncSession, provider: IdentityProvider, employee_id: UUID, claims: Mapping[str, Any]
) -> None:
    """Give a person the roles of their groups, and take what a group gave that is gone; roles given by hand stay."""
    groups = groups_in(claims, name=provider.groups_claim)
    if groups is None:
        return
    wanted = roles_of(provider.group_roles, groups)
    given = await rows.list_given(session, provider_id=provider.id, employee_id=employee_id)
    name = f"identity_provider:{provider.id}"
    for grant in given:
        if (grant.role, grant.program_id) not in wanted:
            await _take(session, grant, actor=name)
    await session.flush()
    held = {(grant.role, grant.program_id) for grant in await repository.list_grants_of(session, employee_id)}
    for role, program_id in sorted(wanted - held, key=str):
        await _give(session, provider, employee_id, role, program_id, actor=name)


async def _give(
    session: AsyncSession,
    provider: IdentityProvider,
    employee_id: UUID,
    role: Role,
    program_id: UUID | None,
    *,
    actor: str,
) -> None:
    organization_id = provider.organization_id
    grant = RoleGrant(organization_id=organization_id, employee_id=employee_id, role=role, program_id=program_id)
    session.add(grant)
    await session.flush()
    session.add(
        IdentityGrant(
            organization_id=organization_id, provider_id=provider.id, role_grant_id=grant.id, employee_id=employee_id
        )
    )
    audit.record(
        session, actor=actor, action="role.grant", subject=grant,
        after={"employee_id": employee_id, "role": role.value, "program_id": program_id, "source": "group"},
    )  # fmt: skip
    await session.flush()


async def _take(session: AsyncSession, grant: RoleGrant, *, actor: str) -> None:
    audit.record(
        session, actor=actor, action="role.revoke", subject=grant,
        before={"role": grant.role.value, "program_id": grant.program_id, "source": "group"},
    )  # fmt: skip
    await session.delete(grant)


def check_answered(*, issuer: str, tells_issuer: bool, told: str | None) -> None:
    """Raise ProviderNotTrusted when an answer is another issuer's (RFC 9207: a mixed-up one would get our code)."""
    if (told is None and tells_issuer) or (told is not None and told != issuer):
        raise ProviderNotTrusted()


def _check_audience(audience: str | None, client_id: str) -> None:
    if audience is not None and audience == client_id:
        raise AudienceNotApart()


def _must_not_exceed(actor: Actor, group_roles: list[dict[str, Any]]) -> None:
    """Nobody lets a group give what they may not do themselves."""
    for role, program_id in roles_of(group_roles, None):
        actor.must_not_exceed(role, program_id=program_id)


def _seal(provider: IdentityProvider, secret: SecretStr | None, *, settings: Settings) -> None:
    provider.sealed_client_secret = (
        crypto.Sealer(settings.master_keys).seal(secret.get_secret_value().encode(), place=_place(provider))
        if secret is not None
        else None
    )


def _place(provider: IdentityProvider) -> crypto.Place:
    return crypto.Place(provider.organization_id, provider.id, _SECRET)


def _begun(settings: Settings, state: str, browser: str) -> Begun:
    """Nonce and verifier follow from what only we and this browser have, so neither has to be kept."""
    both = f"{state}.{browser}"
    return Begun(
        state=state,
        browser=browser,
        nonce=_hashed(settings, "sign_in_nonce", both).hex(),
        verifier=_hashed(settings, "sign_in_verifier", both).hex(),
    )


def hash_subject(settings: Settings, provider_id: UUID, subject: str) -> bytes:
    """How an account is kept: the same subject at two providers has nothing in common."""
    return _hashed(settings, f"identity:{provider_id}", subject)


def _hashed(settings: Settings, purpose: str, value: str) -> bytes:
    return crypto.keyed_hash(settings.key_pepper.get_secret_value(), purpose=purpose, value=value)
