"""Sealing what we must read back (AES-256-GCM) and hashing what we only compare (HMAC-SHA-256).

A sealed value is bound to its place: organization, row and field are authenticated with it, so that a value moved to
another row does not open. Layout: 1 byte version, 1 byte length of the key id, key id, 12 byte nonce, ciphertext.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE_BYTES = 12
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class CannotOpen(Exception):
    """The value was not sealed for this place, or the key that sealed it is gone."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value lives; part of what is authenticated."""

    organization_id: UUID
    row_id: UUID
    field: str

    def bound(self, key_id: str) -> bytes:
        """The additional data of the cipher for this place and key."""
        return f"{self.organization_id}|{self.row_id}|{self.field}|{key_id}".encode()


class Sealer:
    """Seals with the first of its keys and opens with any of them, by the key id stored in the value."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self._sealing_id = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"Sealer(key ids: {', '.join(self._keys)})"

    @property
    def prefix(self) -> bytes:
        """How everything begins that is sealed with the key in use; what begins otherwise waits to be sealed anew."""
        encoded_id = self._sealing_id.encode()
        return bytes([_VERSION, len(encoded_id)]) + encoded_id

    def seal_anew(self, sealed: bytes, *, place: Place) -> bytes:
        """The same content under the key in use; raise CannotOpen if it does not open."""
        return self.seal(self.open(sealed, place=place), place=place)

    def seal(self, plain: bytes, *, place: Place) -> bytes:
        """Encrypt ``plain`` for ``place``."""
        key_id = self._sealing_id
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(self._keys[key_id]).encrypt(nonce, plain, place.bound(key_id))
        return self.prefix + nonce + cipher

    def open(self, sealed: bytes, *, place: Place) -> bytes:
        """Decrypt what ``seal`` made for the same place; raise CannotOpen for anything else."""
        if len(sealed) < 2 or sealed[0] != _VERSION:
            raise CannotOpen("not a sealed value")
        end_of_id = 2 + sealed[1]
        key_id = sealed[2:end_of_id].decode(errors="replace")
        nonce, cipher = sealed[end_of_id : end_of_id + _NONCE_BYTES], sealed[end_of_id + _NONCE_BYTES :]
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpen(f"the key {key_id!r} is not among ADVOCACY_MASTER_KEY")
        try:
            return AESGCM(key).decrypt(nonce, cipher, place.bound(key_id))
        except (InvalidTag, ValueError):
            raise CannotOpen("sealed for another place, or damaged") from None


def new_data_key() -> bytes:
    """32 random bytes: the key of one person or one organization."""
    return os.urandom(32)


def keyed_hash(pepper: str, *, purpose: str, value: str) -> bytes:
    """HMAC-SHA-256 of ``value`` under the pepper; hashes of different purposes cannot be compared."""
    return hmac.new(pepper.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).digest()


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def random_text(length: int) -> str:
    """Random letters and digits, about 5.95 bits each."""
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def random_digits(length: int) -> str:
    """Random digits, for a code that a person types; guard it with a bound on tries."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def checksum(text: str) -> str:
    """Six characters that catch a mistyped or cut key before we ask the database (CRC-32, not a secret)."""
    number = zlib.crc32(text.encode())
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits += _BASE62[digit]
    return digits
