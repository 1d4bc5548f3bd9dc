"""The files that people carry between us and EveryoneSocial, where it has no API: invitations and reports."""

import csv
import io
import re
from collections.abc import Iterable
from enum import StrEnum

from connectors.everyonesocial.manifest import MANIFEST
from connectors.sdk.errors import Rejected
from connectors.sdk.models import AudiencePerson, Metric, ReportReading, ReportRow, ReportSubject, SkippedLine

#: Admin > Invitations takes these and no other column. Despite their names the last two hold names, not ids.
INVITATION_COLUMNS = ("email", "advocacy_role", "department_id", "location_id")

#: Reach is not read: there it is the sum of a member's connections, not how many people saw something. Neither are
#: posts and engagement, which are no number of ours.
_REPORT_METRICS = {"Shares": Metric.SHARES, "Clicks": Metric.CLICKS}

# A spreadsheet takes what begins with one of these for a formula.
_ADDRESS = re.compile(r"[^\s,;\"'=+@\-][^\s,;\"]*@[^\s,;\"@]+")
_NUMBER = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,12}")


class AdvocacyRole(StrEnum):
    """What an invited person may do there."""

    USER = "user"
    CONTRIBUTOR = "contributor"
    ADMIN = "admin"


def invitation_file(people: Iterable[AudiencePerson], *, role: AdvocacyRole = AdvocacyRole.USER) -> bytes:
    """A CSV file (UTF-8, CRLF) for Admin > Invitations, each address once, department and location left open.

    Raises Rejected with code `email_not_valid` for an address that no file of this kind can carry.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(INVITATION_COLUMNS)
    seen: set[str] = set()
    for person in people:
        if not _ADDRESS.fullmatch(person.email):
            raise Rejected(
                "email_not_valid",
                f"{person.email!r} can't be written into an invitation file; please correct the address.",
                detail="an address of an invitation is not valid",
            )
        if person.email.casefold() not in seen:
            seen.add(person.email.casefold())
            writer.writerow([person.email, role.value, "", ""])
    return out.getvalue().encode()


def read_user_report(data: bytes) -> ReportReading:
    """The user report of an administrator; people without activity in its time span are not in it.

    Raises Rejected with code `report_not_readable` when columns are missing. Which days it is about, it does not say.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_readable("it is not written in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[ReportRow] = []
    skipped: list[SkippedLine] = []
    try:
        head = [name.strip() for name in next(reader, [])]
        needed = next(report.columns for report in MANIFEST.reports)
        if missing := [name for name in needed if name not in head]:
            raise _not_readable(f"it misses the columns {', '.join(missing)}")
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                read = _row(dict(zip(head, cells, strict=False)))
                if isinstance(read, ReportRow):
                    rows.append(read)
                else:
                    skipped.append(SkippedLine(line, read))
            line = reader.line_num + 1
    except csv.Error:
        raise _not_readable("it is no CSV file, or its quotes are not closed") from None
    return ReportReading(tuple(rows), tuple(skipped))


def _row(cells: dict[str, str]) -> ReportRow | str:
    # An address tells people of one name apart, where an administrator added that column.
    key = (cells.get("Email") or cells.get("Name") or "").strip()
    if not key:
        return "nobody is named"
    values: dict[Metric, int] = {}
    for column, metric in _REPORT_METRICS.items():
        text = cells.get(column, "").strip()
        if text in {"", "-"}:
            continue
        if not _NUMBER.fullmatch(text):
            return f"{column} is no whole number"
        values[metric] = int(text.replace(",", ""))
    return ReportRow(ReportSubject.PERSON, key, values)


def _not_readable(why: str) -> Rejected:
    return Rejected(
        "report_not_readable",
        f"This is not EveryoneSocial's report of users: {why}. Please download it again as CSV (Admin, Analytics) and"
        " give it as it is.",
    )
