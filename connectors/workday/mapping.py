"""From the columns of a report to our fields; pure."""

from collections.abc import Mapping

from connectors.sdk.directories import day_of, text_of
from connectors.sdk.models import DirectoryPerson

_DAYS = ("started_on", "ended_on")
_STATUS = {
    "1": "active",
    "true": "active",
    "yes": "active",
    "active": "active",
    "0": "left",
    "false": "left",
    "no": "left",
    "inactive": "left",
    "terminated": "left",
    "on leave": "on_leave",
}


def person(raw: Mapping[str, object], columns: Mapping[str, str]) -> DirectoryPerson:
    """Somebody out of a row; raises ValueError for one without an id. An empty column is absent from its row."""
    values: dict[str, str] = {}
    for ours, theirs in columns.items():
        found = _single(raw.get(theirs))
        if found:
            values[ours] = day_of(found) if ours in _DAYS else found
    if "status" in values:
        said = values["status"].casefold()
        values["status"] = _STATUS.get(said, said)
    return DirectoryPerson(values.pop("external_id", ""), values)


def _single(value: object) -> str:
    """A value; of a group, which comes as an array of objects, the first value of the first one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    return ("1" if value else "0") if isinstance(value, bool) else text_of(value)
