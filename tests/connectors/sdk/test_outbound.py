"""The guard over real sockets: what is looked up once is connected to, and what is refused was never connected to."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.sdk.errors import ConfigurationInvalid, VendorUnavailable
from connectors.sdk.http import Answer, build_client, build_request, call, send_once
from connectors.sdk.outbound import Guard, reaching

NAME = "feeds.lumen.example"


@dataclass
class Site:
    """A server of this machine, and what it heard."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


@dataclass
class Names:
    """A resolver that answers each question with the next of its answers, the last one for ever."""

    answers: list[Sequence[str]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site()
    if tls is not None:
        tls.sni_callback = lambda _, name, __: site.names.append(name)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server named ``NAME`` proves itself with, and who believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


def here(address: str) -> bool:
    """This machine stands in for the public internet."""
    return address == "127.0.0.1"


async def get(guard: Guard, url: str, *, verify: ssl.SSLContext | None = None) -> Answer:
    async with build_client(guard=guard, verify=verify) as http:
        return await call(http, build_request(http, "GET", url), deadline_seconds=5)


class TestConnecting:
    async def test_a_name_is_looked_up_once_and_its_server_is_asked_by_that_name(self, tmp_path: Path) -> None:
        """DNS rebinding: the second answer leads inside, and is not taken for the first request, nor for the second."""
        server, client = certificate(tmp_path)
        async with serving(server) as site:
            names = Names([["127.0.0.1"], ["10.0.0.1"]])
            guard = Guard(look_up=names, may_reach=here, ports={site.port})
            url = f"https://{NAME}:{site.port}/feed"
            assert (await get(guard, url, verify=client)).body == b"ok"
            assert names.asked == [(NAME, site.port)]
            assert site.names == [NAME]
            assert f"host: {NAME}:{site.port}".encode() in site.requests[0].lower()
            with pytest.raises(ConfigurationInvalid):
                await get(guard, url, verify=client)
            assert (len(names.asked), len(site.requests)) == (2, 1)

    async def test_a_certificate_for_another_name_is_not_believed(self, tmp_path: Path) -> None:
        server, client = certificate(tmp_path)
        async with serving(server) as site:
            guard = Guard(look_up=Names([["127.0.0.1"]]), may_reach=here, ports={site.port})
            with pytest.raises(VendorUnavailable):
                await get(guard, f"https://other.lumen.example:{site.port}/", verify=client)
            assert site.requests == []

    async def test_the_next_address_is_tried_when_one_takes_no_connection(self, tmp_path: Path) -> None:
        server, client = certificate(tmp_path)
        async with serving(server) as site:
            # Nothing listens on this machine's IPv6 address, which it may not even have.
            guard = Guard(look_up=Names([["::1", "127.0.0.1"]]), may_reach=lambda _: True, ports={site.port})
            assert (await get(guard, f"https://{NAME}:{site.port}/", verify=client)).status == 200

    async def test_a_redirect_is_not_followed_by_itself(self, tmp_path: Path) -> None:
        server, client = certificate(tmp_path)
        async with serving(server) as site:
            site.answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
            guard = Guard(look_up=Names([["127.0.0.1"]]), may_reach=here, ports={site.port})
            assert (await get(guard, f"https://{NAME}:{site.port}/", verify=client)).status == 302


class TestRefusing:
    @pytest.mark.parametrize(
        "found",
        [
            ["10.0.0.1"], ["169.254.169.254"], ["127.0.0.1"], ["::1"], ["64:ff9b::a00:1"], ["2002:a00:1::"],
            ["::ffff:10.0.0.1"], ["100.64.0.1"], ["fec0::1"], ["93.184.216.34", "10.0.0.1"],
        ],
    )  # fmt: skip
    async def test_one_address_that_is_not_public_is_enough_and_nothing_is_sent(self, found: list[str]) -> None:
        names = Names([found])
        async with build_client(guard=Guard(look_up=names)) as http:
            request = build_request(http, "POST", f"https://{NAME}/", content=b"text")
            # Not OutcomeUnknown: a refusal proves that nothing was sent.
            with pytest.raises(ConfigurationInvalid) as refused:
                await send_once(http, request, deadline_seconds=5)
        assert "ADVOCACY_OUTBOUND_ALLOW" in refused.value.message
        assert names.asked == [(NAME, 443)]

    @pytest.mark.parametrize(
        "url",
        [
            "http://{}/", "https://{}:22/", "https://me:secret@{}/", "https://127.0.0.1/", "https://[::1]/",
            "https://intranet/", "https://localhost:8443/", "https://2130706433/",
        ],
    )  # fmt: skip
    async def test_what_the_text_tells_is_not_even_looked_up(self, url: str) -> None:
        names = Names([["93.184.216.34"]])
        with pytest.raises(ConfigurationInvalid):
            await get(Guard(look_up=names), url.format(NAME))
        with pytest.raises(ConfigurationInvalid):
            await Guard(look_up=names).check(url.format(NAME))
        assert names.asked == []

    async def test_a_name_that_cannot_be_found_is_no_refusal(self) -> None:
        async def nothing(host: str, port: int) -> Sequence[str]:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")

        for look_up in (nothing, Names([[]])):
            with pytest.raises(VendorUnavailable):
                await get(Guard(look_up=look_up), f"https://{NAME}/")
            with pytest.raises(VendorUnavailable):
                await Guard(look_up=look_up).check(f"https://{NAME}/")


class TestTrusting:
    async def test_a_place_that_the_operator_allows_is_reached_and_its_other_ports_are_not(self) -> None:
        async with serving() as site, serving() as other:
            guard = Guard(allow=(f"127.0.0.1:{site.port}",))
            await guard.check(f"http://127.0.0.1:{site.port}/")
            assert (await get(guard, f"http://127.0.0.1:{site.port}/")).status == 200
            for url in (f"http://127.0.0.1:{other.port}/", f"http://me@127.0.0.1:{site.port}/"):
                with pytest.raises(ConfigurationInvalid):
                    await get(guard, url)
            assert (len(site.requests), other.requests) == (1, [])

    async def test_what_a_block_reaches_is_refused_again_after_it(self) -> None:
        async with serving() as site:
            url = f"http://127.0.0.1:{site.port}/"
            with reaching(frozenset({f"127.0.0.1:{site.port}"})):
                assert (await get(Guard(), url)).status == 200
            with pytest.raises(ConfigurationInvalid):
                await get(Guard(), url)
