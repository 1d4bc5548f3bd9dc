"""Sealing: what is sealed for one place opens there and nowhere else."""

from __future__ import annotations

import dataclasses

import pytest

from services.core.kit import crypto
from services.core.kit.ids import new_id

PLACE = crypto.Place(new_id(), new_id(), "connections.sealed_credentials")


def sealer(*names: str) -> crypto.Sealer:
    """A sealer whose keys are made from their names."""
    return crypto.Sealer({name: name.encode().ljust(32, b"!") for name in names})


class TestSealer:
    def test_a_value_comes_back_as_it_was(self) -> None:
        assert sealer("k1").open(sealer("k1").seal("שלום".encode(), place=PLACE), place=PLACE).decode() == "שלום"

    def test_the_same_value_is_never_sealed_the_same_way(self) -> None:
        assert sealer("k1").seal(b"x", place=PLACE) != sealer("k1").seal(b"x", place=PLACE)

    @pytest.mark.parametrize("change", [{"row_id": new_id()}, {"organization_id": new_id()}, {"field": "other"}])
    def test_a_value_moved_to_another_place_does_not_open(self, change: dict[str, object]) -> None:
        sealed = sealer("k1").seal(b"token", place=PLACE)
        with pytest.raises(crypto.CannotOpen):
            sealer("k1").open(sealed, place=dataclasses.replace(PLACE, **change))  # type: ignore[arg-type]

    def test_an_older_key_still_opens_after_a_new_one_seals(self) -> None:
        sealed = sealer("old").seal(b"token", place=PLACE)
        assert sealer("new", "old").open(sealed, place=PLACE) == b"token"
        with pytest.raises(crypto.CannotOpen, match="old"):
            sealer("new").open(sealed, place=PLACE)

    @pytest.mark.parametrize("broken", [b"", b"\x01", b"plain text", b"\x01\x02k1short"])
    def test_what_was_never_sealed_does_not_open(self, broken: bytes) -> None:
        with pytest.raises(crypto.CannotOpen):
            sealer("k1").open(broken, place=PLACE)

    def test_one_changed_bit_does_not_open(self) -> None:
        sealed = bytearray(sealer("k1").seal(b"token", place=PLACE))
        sealed[-1] ^= 1
        with pytest.raises(crypto.CannotOpen):
            sealer("k1").open(bytes(sealed), place=PLACE)

    def test_its_keys_are_in_no_repr(self) -> None:
        assert "!!!" not in repr(sealer("k1"))


class TestKeyedHash:
    def test_hashes_of_different_purposes_differ(self) -> None:
        first = crypto.keyed_hash("pepper", purpose="api_key", value="x")
        assert first != crypto.keyed_hash("pepper", purpose="one_time_token", value="x")
        assert first != crypto.keyed_hash("other", purpose="api_key", value="x")
