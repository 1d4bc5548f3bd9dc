"""Which addresses are plain public ones."""

from __future__ import annotations

import pytest

from services.core.kit.addresses import is_public, may_be_public


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


@pytest.mark.parametrize("host", ["intranet", "printer.local", "db.internal", "10.0.0.1", "[::1]", "64:ff9b::808:808"])
def test_a_host_of_our_own_network_is_told_without_a_look_up(host: str) -> None:
    assert not may_be_public(host)


@pytest.mark.parametrize("host", ["lumen.example", "LUMEN.example.", "8.8.8.8", "[2606:4700:4700::1111]"])
def test_a_host_that_may_be_public_is_let_through(host: str) -> None:
    assert may_be_public(host)
