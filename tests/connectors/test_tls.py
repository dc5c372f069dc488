"""TLS: what is trusted, what is refused, and in which words."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.egress import Deadline, Egress, Endpoint
from connectors.errors import ConfigInvalid, Unavailable
from connectors.http import Http
from tests.connectors.certificates import Authority
from tests.connectors.servers import answer, site


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority"))


def shake(port: int, authorities: str | None, host: str = "localhost") -> None:
    egress = Egress(allow=frozenset({(host, port)}), authorities=authorities)
    egress.open(Endpoint(host, port), deadline=Deadline.after(3)).close()


def refused(context: ssl.SSLContext | None, authorities: str | None) -> str:
    with site(lambda seen: answer(), context) as server:
        with pytest.raises(ConfigInvalid) as caught:
            shake(server.port, authorities)
        assert server.seen == []
    assert "Nothing was sent" in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("host", ["localhost", "localhost.", "127.0.0.1"])
def test_a_certificate_for_this_name_of_a_known_authority_is_trusted(
    authority: Authority, host: str
) -> None:
    with site(lambda seen: answer(), authority.server(host.rstrip("."))) as server:
        shake(server.port, authority.file, host)


def test_an_expired_certificate_is_refused(authority: Authority) -> None:
    message = refused(authority.server("localhost", expired=True), authority.file)
    assert "certificate that has expired" in message


def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    assert "certificate for another name" in refused(
        authority.server("other.example"), authority.file
    )


def test_a_self_signed_certificate_is_refused(authority: Authority) -> None:
    message = refused(authority.server("localhost", alone=True), authority.file)
    assert "signed itself" in message


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    message = refused(authority.server("localhost"), None)
    assert "authority that this server does not know" in message


def test_the_environment_cannot_add_an_authority(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, authority.file)
    with site(lambda seen: answer(), authority.server("localhost")) as server:
        client = Http(
            f"https://localhost:{server.port}",
            egress=Egress(allow=frozenset({("localhost", server.port)})),
            deadline=Deadline.after(3),
        )
        with pytest.raises(ConfigInvalid, match="authority"):
            client.request("GET", "x")
        client.close()


def test_an_old_version_is_refused(authority: Authority) -> None:
    context = authority.server("localhost")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "too old" in refused(context, authority.file)


def test_a_port_without_tls_says_so() -> None:
    def greet(listener: socket.socket) -> None:
        conn, _ = listener.accept()
        with conn:
            conn.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            conn.recv(4096)

    with socket.create_server(("localhost", 0)) as listener:
        greeter = threading.Thread(target=greet, args=(listener,))
        greeter.start()
        with pytest.raises(ConfigInvalid, match="does not speak TLS"):
            shake(listener.getsockname()[1], None)
        greeter.join()


def test_the_door_speaks_https_and_keeps_the_connection(authority: Authority) -> None:
    with site(lambda seen: answer(b'{"a": 1}'), authority.server("localhost")) as server:
        client = Http(
            f"https://localhost:{server.port}/api",
            egress=Egress(
                allow=frozenset({("localhost", server.port)}), authorities=authority.file
            ),
            deadline=Deadline.after(3),
        )
        assert [client.request("GET", "x").json() for _ in range(3)] == [{"a": 1}] * 3
        client.close()
    assert server.connections == 1
    assert server.seen[0].target == "/api/x"


def test_an_answer_that_drips_over_tls_ends_at_the_deadline(authority: Authority) -> None:
    stop = threading.Event()

    def drip(seen: object) -> Iterator[bytes]:
        yield answer(b"", content_length="10000")
        while not stop.wait(0.02):
            yield b"."

    with site(drip, authority.server("localhost")) as server:
        client = Http(
            f"https://localhost:{server.port}",
            egress=Egress(
                allow=frozenset({("localhost", server.port)}), authorities=authority.file
            ),
            deadline=Deadline.after(0.4),
        )
        began = time.monotonic()
        with pytest.raises(Unavailable, match="in time"):
            client.request("GET", "x")
        assert 0.3 < time.monotonic() - began < 2
        stop.set()
        client.close()


def test_no_part_of_the_door_can_switch_the_check_off() -> None:
    rooms = Path(__file__).parents[2] / "connectors"
    for name in ("egress.py", "http.py", "transport.py", "sockets.py"):
        text = (rooms / name).read_text()
        for word in ("CERT_NONE", "verify=False", "check_hostname = False", "_create_unverified"):
            assert word not in text
