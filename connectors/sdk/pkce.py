"""Proof key for code exchange (RFC 7636): whoever steals a code on its way back cannot use it."""

import base64
import hashlib

from connectors.sdk.models import Secret


def challenge(verifier: Secret) -> str:
    """What goes into the authorization address, with `code_challenge_method=S256`; the verifier goes with the code."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
