"""What can go wrong between us and a vendor, sorted by what must happen next.

ConnectorError
|-- RateLimited             too many calls: wait until `retry_at`, that account only
|-- VendorUnavailable       nothing was done: back off and try again
|   |-- StartedTooLate      not the vendor's fault: the moment to begin had passed
|   `-- StillProcessing     the file is there and not ready: ask again with its id
|-- OutcomeUnknown          we sent it and lost the answer: look before sending again
|-- ReauthRequired          the person must connect the account again
|-- ScopeMissing            the person (or the vendor's review) must grant more
|-- ConfigurationInvalid    an administrator must fix a setting
|-- Rejected                the vendor understood and said no: final
|-- CapabilityMissing       the vendor cannot do this: final, before any call
|-- ProtocolViolation       an answer that we can't read: ours to fix
`-- WebhookRefused          signature, age or replay: 4xx to the caller, nothing stored

Every error has a stable `code` for programs, `message` for the person concerned and `detail` for us. Neither of the
two texts ever holds a token, a secret or a whole vendor answer. Callers decide by class and code, never by text.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar


class Actor(StrEnum):
    """Who must do something before it can work."""

    NOBODY = "nobody"
    PERSON = "person"
    AUTHOR = "author"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"


class ConnectorError(Exception):
    """The vendor call did not succeed."""

    #: Stable name of the kind of error; `code` equals it except where a vendor's reason is more precise.
    family: ClassVar[str] = "connector_error"
    #: Who must act.
    actor: ClassVar[Actor] = Actor.OPERATOR

    def __init__(self, detail: str = "", *, message: str | None = None, vendor_code: str | None = None) -> None:
        self.code: str = self.family
        self.message: str = message or (type(self).__doc__ or "").strip()
        self.detail: str = detail
        #: The vendor's own code for it, where there is one.
        self.vendor_code: str | None = vendor_code
        super().__init__(detail or self.message)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, detail={self.detail!r})"


class RateLimited(ConnectorError):
    """The network asks us to slow down; we continue by ourselves later."""

    family = "rate_limited"
    actor = Actor.NOBODY

    def __init__(
        self, retry_at: datetime, detail: str = "", *, message: str | None = None, vendor_code: str | None = None
    ) -> None:
        if retry_at.tzinfo is None:
            raise ValueError("retry_at needs a time zone")
        super().__init__(detail, message=message, vendor_code=vendor_code)
        #: The first moment (aware, UTC) at which calling again makes sense.
        self.retry_at: datetime = retry_at.astimezone(UTC)


class VendorUnavailable(ConnectorError):
    """The network could not be reached; nothing was done, and we try again by ourselves."""

    family = "vendor_unavailable"
    actor = Actor.NOBODY


class StartedTooLate(VendorUnavailable):
    """We were too slow to begin in time, so nothing was sent; we try again by ourselves."""

    family = "started_too_late"


class StillProcessing(VendorUnavailable):
    """The network still works on the file; we look again by ourselves."""

    family = "still_processing"

    def __init__(self, external_id: str, detail: str = "") -> None:
        super().__init__(detail)
        #: The file as it lies there already: give it to the next try, so that nothing is sent twice.
        self.external_id: str = external_id


class OutcomeUnknown(ConnectorError):
    """We can't tell whether this went out. Please look before posting again."""

    family = "outcome_unknown"
    actor = Actor.PERSON


class ReauthRequired(ConnectorError):
    """Your account is no longer connected. Please connect it again."""

    family = "reauth_required"
    actor = Actor.PERSON


class ScopeMissing(ConnectorError):
    """The connected account has not granted the permission that this needs. Please connect it again and allow it."""

    family = "scope_missing"
    actor = Actor.PERSON


class ConfigurationInvalid(ConnectorError):
    """A setting of this connector is missing or wrong; an administrator must correct it."""

    family = "configuration_invalid"
    actor = Actor.ADMINISTRATOR


class Rejected(ConnectorError):
    """The network refused this post."""

    family = "rejected"
    actor = Actor.AUTHOR

    def __init__(
        self,
        code: str,
        message: str,
        *,
        detail: str = "",
        hint_external_id: str | None = None,
        vendor_code: str | None = None,
    ) -> None:
        super().__init__(detail or message, message=message, vendor_code=vendor_code)
        self.code = code
        #: An older post that the vendor named in its refusal: a hint for a person, no proof of anything.
        self.hint_external_id: str | None = hint_external_id


class CapabilityMissing(ConnectorError):
    """This network or platform cannot do that."""

    family = "capability_missing"
    actor = Actor.AUTHOR


class ProtocolViolation(ConnectorError):
    """The network gave an answer that we can't read; we have been told and look into it."""

    family = "protocol_violation"
    actor = Actor.OPERATOR


class WebhookRefused(ConnectorError):
    """This notification is not genuine, too old, or was seen before."""

    family = "webhook_refused"
    actor = Actor.OPERATOR
