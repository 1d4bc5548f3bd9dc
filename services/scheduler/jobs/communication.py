"""Sending mails: to the mail server of the settings, or into files when there is none."""

from __future__ import annotations

import os
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from services.core.communication import service
from services.core.communication.models import MessageState
from services.core.employees import service as employees
from services.core.kit.settings import Settings
from services.scheduler.worker.tools import Tools

_SMTP_SECONDS = 30


async def send(tools: Tools, organization_id: UUID, message_id: UUID) -> None:
    """Send one message once; a repeated job finds it sent. No transaction is open while the mail server works."""
    async with tools.database.transaction(organization_id) as session:
        message = await service.get_message(session, message_id)
        if message.state is MessageState.SENT:
            return
        employee = await employees.get_employee(session, message.employee_id)
        mail = await service.render(session, message, employee, settings=tools.settings)
    if tools.settings.smtp_url is None:
        write_to_outbox(tools.settings, message_id, mail)
    else:
        await _send_by_smtp(tools.settings, mail)
    async with tools.database.transaction(organization_id) as session:
        await service.mark_sent(session, await service.get_message(session, message_id))


def write_to_outbox(settings: Settings, message_id: UUID, mail: EmailMessage) -> Path:
    """Write a mail whole into ``<data_dir>/outbox``; the same message again replaces its file."""
    folder = settings.data_dir / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{message_id}.eml"
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(mail.as_bytes())
    part.replace(path)
    return path


async def _send_by_smtp(settings: Settings, mail: EmailMessage) -> None:
    assert settings.smtp_url is not None  # noqa: S101  # the caller has looked
    address = urlsplit(settings.smtp_url.get_secret_value())
    await aiosmtplib.send(
        mail,
        hostname=address.hostname,
        port=address.port or (465 if address.scheme == "smtps" else 587),
        username=unquote(address.username) if address.username else None,
        password=unquote(address.password) if address.password else None,
        use_tls=address.scheme == "smtps",
        timeout=_SMTP_SECONDS,
    )
