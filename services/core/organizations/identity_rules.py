"""What signing in decides without asking anybody. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from services.core.organizations.identity_errors import DomainRefused, ReturnRefused
from services.core.organizations.models import Role

#: Signatures that only the issuer can make; one with a shared secret, or none at all, proves nothing.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip
_MOST_RETURN = 2000


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers write an origin; empty for what is none."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme and parts.netloc else ""
    except ValueError:
        return ""


def return_path(wanted: str | None, *, origins: Collection[str]) -> str | None:
    """Where a browser may be led after sign-in: a path of ours, or a page of a known origin; raise ReturnRefused."""
    if not wanted:
        return None
    # Browsers drop some characters and take a backslash for a slash: none of them has a business here.
    if len(wanted) > _MOST_RETURN or any(not 0x20 < ord(sign) < 0x7F or sign == "\\" for sign in wanted):
        raise ReturnRefused()
    if wanted.startswith("/") and not wanted.startswith("//"):
        return wanted
    if origin_of(wanted) in {origin.lower() for origin in origins}:
        return wanted
    raise ReturnRefused()


def check_domain(claims: Mapping[str, Any], *, allowed: Collection[str]) -> None:
    """Raise DomainRefused unless the confirmed address is at one of ``allowed``; none allowed is no limit."""
    mail = verified_mail(claims)
    if allowed and (mail is None or mail.rpartition("@")[2] not in {domain.lower() for domain in allowed}):
        raise DomainRefused()


def verified_mail(claims: Mapping[str, Any]) -> str | None:
    """The address that the provider says it has confirmed; without its word there is none."""
    mail = claims.get("email")
    return mail.lower() if isinstance(mail, str) and "@" in mail and claims.get("email_verified") is True else None


def groups_in(claims: Mapping[str, Any], *, name: str) -> frozenset[str] | None:
    """The groups that a provider tells; none is a word too. None: it says that it has left them out, being too many."""
    told = claims.get(name)
    if isinstance(told, str):
        return frozenset({told})
    if isinstance(told, list):
        return frozenset(group for group in told if isinstance(group, str))
    # Entra ID names the claim here when somebody is in more than 200 groups.
    left_out = claims.get("_claim_names")
    return None if isinstance(left_out, dict) and name in left_out else frozenset()


def roles_of(mapping: Iterable[Mapping[str, Any]], groups: Collection[str] | None) -> set[tuple[Role, UUID | None]]:
    """What being in ``groups`` gives by a mapping; ``None`` for all that the mapping can give."""
    return {
        (Role(line["role"]), UUID(line["program_id"]) if line.get("program_id") else None)
        for line in mapping
        if groups is None or line["group"] in groups
    }
