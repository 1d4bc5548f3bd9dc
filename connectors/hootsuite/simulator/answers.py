"""Refusals of the simulated Hootsuite: one host, five shapes."""

import secrets
from enum import StrEnum

from starlette.responses import JSONResponse, Response


class Shape(StrEnum):
    """How a product writes its refusals."""

    REST = "rest"
    AMPLIFY = "amplify"
    SCIM = "scim"
    PROBLEM = "problem"


class Refused(Exception):
    """The call is refused; what answers it depends on the product."""

    def __init__(self, status: int, code: int, message: str, *, scim_type: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.scim_type = scim_type

    def entry(self) -> dict[str, object]:
        """As one of REST's `errors`."""
        return {"code": self.code, "message": self.message, "id": secrets.token_hex(8)}

    def answer(self, shape: Shape) -> Response:
        """The whole answer."""
        match shape:
            case Shape.AMPLIFY:
                entry = {"uuid": secrets.token_hex(8), "code": str(self.code), "message": self.message}
                body: dict[str, object] = {"message": self.message, "errors": [entry]}
            case Shape.SCIM:
                body = {
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                    "status": str(self.status),
                    "detail": self.message,
                }
                if self.scim_type:
                    body["scimType"] = self.scim_type
            case Shape.PROBLEM:
                body = {"type": "about:blank", "title": self.message, "status": self.status, "detail": self.message}
                return JSONResponse(body, status_code=self.status, media_type="application/problem+json")
            case _:
                body = {"errors": [self.entry()]}
        return JSONResponse(body, status_code=self.status)


def oauth_error(status: int, error: str, description: str) -> Response:
    """As the token endpoint refuses."""
    body = {"error": error, "error_description": description, "error_hint": "", "status_code": status}
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store"})
