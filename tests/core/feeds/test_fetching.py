"""Which addresses are plain public ones."""

from __future__ import annotations

import pytest

from services.core.feeds.fetching import is_public


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "192.0.0.8", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
        "64:ff9b:1::1", "2002:808:808::1", "2001::1", "ff02::1", "no address",
    ],
)  # fmt: skip
def test_what_is_not_plain_public_unicast_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_a_public_address_is_fine(address: str) -> None:
    assert is_public(address)
