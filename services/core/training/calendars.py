"""A session as a calendar entry (RFC 5545, 5546): the same UID for ever, a higher SEQUENCE for each change."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from services.core.employees.models import Employee
from services.core.training.models import TrainingSession

_AROUND = timedelta(days=400)


class Method(StrEnum):
    """What a calendar is asked to do with the entry."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def uid_of(session: TrainingSession) -> str:
    """The name of a session in every calendar, for as long as it lives."""
    return f"{session.id}@training.advocacy"


def entry(
    session: TrainingSession,
    employee: Employee,
    *,
    method: Method,
    title: str,
    description: str,
    organizer: str,
    sequence: int,
    now: datetime,
) -> str:
    """The text of a calendar file for one person. ``organizer`` is a mail address."""
    event = Event()
    event.add("uid", uid_of(session))
    event.add("sequence", sequence)
    event.add("dtstamp", now)
    event.add("dtstart", _local(session.starts_local, session.time_zone))
    event.add("dtend", _local(session.ends_local, session.time_zone))
    event.add("summary", title)
    event.add("description", description)
    where = session.place or session.meeting_link
    if where:
        event.add("location", where)
    if session.meeting_link:
        event.add("url", session.meeting_link)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    host = vCalAddress(f"mailto:{organizer}")
    host.params["CN"] = vText(session.trainer)
    event["organizer"] = host
    guest = vCalAddress(f"mailto:{employee.work_email}")
    guest.params["CN"] = vText(employee.display_name)
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("ACCEPTED")
    guest.params["RSVP"] = vText("FALSE")
    event.add("attendee", guest)
    calendar = Calendar()
    calendar.add("prodid", "-//Advocacy//Training//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    calendar.add_component(event)
    # The rules of its zone, for as long as it may be moved within.
    day = session.starts_at.date()
    calendar.add_missing_timezones(first_date=day - _AROUND, last_date=day + _AROUND)
    text: str = calendar.to_ical().decode()
    return text


def _local(wall: str, zone: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone))
