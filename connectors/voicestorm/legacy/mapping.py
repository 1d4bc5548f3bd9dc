"""Our values <-> VoiceStorm's payloads; pure functions."""

import secrets
from collections.abc import Mapping

from connectors.sdk.errors import ConfigurationInvalid, ProtocolViolation
from connectors.sdk.models import AudienceMember, AudiencePage, AudiencePerson, Credentials, Secret

_SCIM_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"


def credentials(token: Mapping[str, object]) -> Credentials:
    """A token answer; how long a token lives is not documented, so it is used until the vendor answers 401."""
    access = token.get("access_token")
    if not isinstance(access, str) or not access or not access.isascii() or not access.isprintable() or " " in access:
        raise ProtocolViolation("a token answer without an access_token that a header can carry")
    return Credentials(access_token=Secret(access))


def registration(person: AudiencePerson) -> dict[str, object]:
    """A new active user. The password is forgotten at once: the person signs in by single sign-on or sets a new one."""
    return {
        "email": person.email,
        "firstName": person.given_name,
        "lastName": person.family_name,
        "password": f"{secrets.token_urlsafe(24)}aA1!",
    }


def found_user(results: Mapping[str, object], email: str) -> AudienceMember | None:
    """The person among the results of a search, which looks for a term and not for an address."""
    listed = results.get("results")
    if not isinstance(listed, list):
        raise ProtocolViolation("a search answer without results")
    for one in listed:
        user = one.get("user") if isinstance(one, dict) else None
        if isinstance(user, dict) and email.casefold() in {
            str(user.get(name)).casefold() for name in ("email", "userName")
        }:
            return rest_member(user, email)
    return None


def rest_member(user: object, email: str) -> AudienceMember:
    """A user of the REST API; raises ProtocolViolation when there is none, which is how a failure may look."""
    user_id = user.get("id") if isinstance(user, dict) else None
    if not isinstance(user_id, str | int) or not str(user_id):
        raise ProtocolViolation("an answer without a user")
    return AudienceMember(external_id=str(user_id), email=email, is_active=True)


def start_index(cursor: str | None) -> int:
    """Where a page of people begins; raises ConfigurationInvalid for a cursor that is none of ours."""
    if cursor is None:
        return 1
    if not cursor.isascii() or not cursor.isdecimal() or not 1 <= int(cursor[:12]) == int(cursor):
        raise ConfigurationInvalid("the cursor is no place in VoiceStorm's list of people")
    return int(cursor)


def scim_page(body: Mapping[str, object], *, start: int) -> AudiencePage:
    """A SCIM list."""
    total, members = body.get("totalResults"), tuple(scim_members(body))
    if not isinstance(total, int):
        raise ProtocolViolation("a SCIM list without totalResults")
    following = start + len(members)
    return AudiencePage(members, next_cursor=str(following) if members and following <= total else None)


def scim_members(body: Mapping[str, object]) -> list[AudienceMember]:
    """The users of a SCIM list."""
    resources = body.get("Resources")
    return [scim_member(one) for one in resources if isinstance(one, dict)] if isinstance(resources, list) else []


def scim_member(user: Mapping[str, object]) -> AudienceMember:
    """A SCIM user."""
    user_id, reference = user.get("id"), user.get("externalId")
    if not isinstance(user_id, str | int) or not str(user_id):
        raise ProtocolViolation("a SCIM user without an id")
    emails = user.get("emails")
    listed = [one for one in emails if isinstance(one, dict)] if isinstance(emails, list) else []
    values = [one.get("value") for one in sorted(listed, key=lambda one: one.get("primary") is not True)]
    return AudienceMember(
        external_id=str(user_id),
        email=next((one for one in [*values, user.get("userName")] if isinstance(one, str) and one), ""),
        is_active=user.get("active") is not False,
        reference=reference if isinstance(reference, str) and reference else None,
    )


def scim_body(person: AudiencePerson) -> dict[str, object]:
    """A new SCIM user."""
    return {
        "schemas": [_SCIM_SCHEMA],
        "userName": person.email,
        "externalId": person.reference,
        "name": {"givenName": person.given_name, "familyName": person.family_name},
        "emails": [{"value": person.email, "primary": True, "type": "work"}],
        "active": True,
    }
