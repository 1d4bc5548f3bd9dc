"""Which addresses are plain public ones."""

from __future__ import annotations

import pytest

from connectors.sdk.addresses import is_public, may_be_public, place, places_of, problem_of


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "172.16.0.1", "100.64.0.1", "192.0.0.8", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
        "64:ff9b:1::1", "2002:808:808::1", "2001::1", "ff02::1", "ff0e::1", "fec0::1", "3fff::1", "2001:db8::1",
        "::8.8.8.8", "192.88.99.1", "198.18.0.1", "240.0.0.1", "no address",
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


@pytest.mark.parametrize(
    "address",
    [
        "lumen.example", "http://lumen.example/", "ftp://lumen.example/", "https://", "https://lumen.example:8080/",
        "https://lumen.example:99999/", "https://us@lumen.example/", "https://us:secret@intranet.example:9/",
        "https://intranet/", "https://10.0.0.1/", "https://[::1]/", "http://intranet.example:10/",
    ],
)  # fmt: skip
def test_an_address_that_we_do_not_connect_to_is_told_by_its_text(address: str) -> None:
    assert problem_of(address, allow=("intranet.example:9",))


@pytest.mark.parametrize(
    "address",
    ["https://lumen.example/a?b", "https://lumen.example:8443/", "http://Intranet.example:9/", "https://[fd00::1]:9/"],
)
def test_a_public_address_and_a_place_that_is_allowed_are_in_order(address: str) -> None:
    assert problem_of(address, allow=("INTRANET.example:9", "[fd00::1]:9")) is None


def test_places_have_one_spelling() -> None:
    assert places_of(("https://A.example/x", "http://b.example", "http://[::1]:9/", "c.example", "https://d:x/")) == {
        "a.example:443", "b.example:80", place("::1", 9),
    }  # fmt: skip
