"""Programs started over HTTP as a newcomer would, the directory they stand on, and the mails they cause."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from services.core.communication import service as communication
from services.core.communication.models import Message
from services.core.communication.texts import MessageKind
from services.core.employees import repository as employees
from services.core.employees.models import Employee
from tests.fixtures.api import Api, Tenant

HEADER = "employee_id,email,first_name,last_name,department,locale"


def row_of(number: int, *, locale: str = "he") -> str:
    """One person of a directory file."""
    return f"E{number},p{number}@lumen.example,First{number},Last{number},Sales,{locale}"


async def sync(api: Api, tenant: Tenant, *numbers: int, locale: str = "he") -> dict[int, Employee]:
    """Let the HR system say who is there: everybody else leaves. Answers people by their number."""
    content = "\n".join([HEADER, *(row_of(number, locale=locale) for number in numbers)])
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    path = "/v1/directory-syncs?mode=full"
    read = await api.post(path, key=tenant.owner_key, headers=headers, content=content)
    assert read.status_code == 201, read.text
    body = {"confirm_mass_change": True}
    applied = await api.post(f"/v1/directory-syncs/{read.json()['id']}/apply", key=tenant.owner_key, json=body)
    assert applied.status_code == 200, applied.text
    return {int(row.source_id[1:]): row for row in await tenant.rows(Employee) if row.source == "csv"}


async def start(api: Api, tenant: Tenant, **fields: Any) -> dict[str, Any]:
    """A program in Hebrew."""
    body = {"name": "קולות לומן", "languages": ["he"], "default_language": "he", **fields}
    answer = await api.post("/v1/programs", key=tenant.owner_key, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def name_holders(
    api: Api, tenant: Tenant, program_id: str, who: Employee, *functions: str, is_deputy: bool = False
) -> None:
    """Let somebody answer for things."""
    for function in functions:
        body = {"function": function, "employee_id": str(who.id), "is_deputy": is_deputy}
        path = f"/v1/programs/{program_id}/responsibilities"
        answer = await api.post(path, key=tenant.owner_key, json=body)
        assert answer.status_code == 201, answer.text


async def transition(api: Api, tenant: Tenant, program_id: str, to: str) -> Any:
    """Ask for the next state."""
    return await api.post(f"/v1/programs/{program_id}/transitions", key=tenant.owner_key, json={"to": to})


async def mails(tenant: Tenant, kind: MessageKind) -> list[tuple[Employee, EmailMessage]]:
    """What was written about something, and to whom."""
    found = []
    for message in await tenant.rows(Message):
        if message.kind != kind.value:
            continue
        async with tenant.database.transaction(tenant.id) as session:
            reader = await employees.find_employee(session, message.employee_id)
            assert reader is not None
            mail = await communication.render(session, message, reader, settings=tenant.settings)
        found.append((reader, mail))
    return found
