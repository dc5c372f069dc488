"""The guard: which addresses a socket may reach, and what is said when it may not."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from connectors.egress import Deadline, Egress, Endpoint
from connectors.errors import ConfigInvalid, Unavailable
from tests.connectors.servers import answer, site


def entries(*addresses: str) -> list[Any]:
    return [(0, 0, 0, "", (address, 443)) for address in addresses]


def soon() -> Deadline:
    return Deadline.after(3)


def reachable(host: str, port: int, egress: Egress) -> bool:
    egress.connect(Endpoint(host, port), deadline=soon()).close()
    return True


INNER = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.8.9.10",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "0",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "[::1]",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "fd00::8",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("host", INNER)
def test_an_address_that_is_not_public_is_refused_without_an_attempt(host: str) -> None:
    with site(lambda seen: answer()) as server, pytest.raises(ConfigInvalid) as caught:
        reachable(host, server.port, Egress())
    assert server.connections == 0
    assert "TIELINE_ALLOW_ADDRESSES" in caught.value.message
    assert f":{server.port}" in caught.value.message


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "203.0.114.1", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_a_public_address_is_admitted(address: str) -> None:
    assert Egress(lookup=lambda *_, **__: entries(address)).resolve(
        Endpoint("public.example", 443), deadline=soon()
    ) == (address,)


@pytest.mark.parametrize(
    ("listed", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("LocalHost.", "localhost"),
        ("localhost", "LOCALHOST."),
    ],
)
def test_the_listed_pair_is_reached(listed: str, host: str) -> None:
    with site(lambda seen: answer()) as server:
        assert reachable(host, server.port, Egress(allow=frozenset({(listed, server.port)})))


@pytest.mark.parametrize(("listed", "port"), [("127.0.0.1", 1), ("localhost", 0), ("127.0.0.2", 0)])
def test_another_host_or_port_than_the_listed_one_is_refused(listed: str, port: int) -> None:
    with site(lambda seen: answer()) as server:
        egress = Egress(allow=frozenset({(listed, server.port + port)}))
        with pytest.raises(ConfigInvalid, match="not a public address"):
            reachable("127.0.0.1", server.port, egress)
        assert server.connections == 0


def test_of_a_name_with_public_and_private_addresses_only_the_public_ones_are_tried() -> None:
    egress = Egress(lookup=lambda *_, **__: entries("10.0.0.1", "1.1.1.1", "::1"))
    assert egress.resolve(Endpoint("mixed.example", 443), deadline=soon()) == ("1.1.1.1",)


def test_the_guard_judges_the_peer_that_the_socket_really_has() -> None:
    with site(lambda seen: answer()) as server:
        sock = socket.create_connection(("127.0.0.1", server.port))
        with pytest.raises(ConfigInvalid, match="not a public address"):
            Egress().admit(Endpoint("rebound.example", server.port), sock)
        assert sock.fileno() == -1


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with site(lambda seen: answer()) as server:
        egress = Egress(
            allow=frozenset({("two.example", server.port)}),
            lookup=lambda *_, **__: entries("::1", "127.0.0.1"),
        )
        assert reachable("two.example", server.port, egress)


def test_an_unknown_name_is_a_wrong_setting() -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(ConfigInvalid, match=r"no host named nosuch\.example"):
        reachable("nosuch.example", 443, Egress(lookup=unknown))


def test_a_resolver_that_fails_just_now_passes() -> None:
    def failing(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(Unavailable, match="could not be looked up"):
        reachable("slow.example", 443, Egress(lookup=failing))


def test_a_resolver_that_never_answers_is_waited_for_until_the_deadline_only() -> None:
    released = threading.Event()

    def stuck(*_: object, **__: object) -> list[Any]:
        released.wait(5)
        return []

    began = time.monotonic()
    with pytest.raises(Unavailable, match="took too long"):
        Egress(lookup=stuck).resolve(Endpoint("stuck.example", 443), deadline=Deadline.after(0.1))
    released.set()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("host", ["", "a..b", "x" * 70, "with\0nul", "."])
def test_a_host_that_cannot_be_one_is_a_wrong_setting(host: str) -> None:
    with pytest.raises(ConfigInvalid):
        reachable(host, 443, Egress())


@pytest.mark.parametrize("port", [0, -1, 65536, 10**9])
def test_a_port_that_cannot_be_one_is_a_wrong_setting(port: int) -> None:
    with pytest.raises(ConfigInvalid, match="port"):
        reachable("127.0.0.1", port, Egress(allow=frozenset({("127.0.0.1", port)})))


def test_a_closed_port_says_that_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unavailable, match=f"127.0.0.1:{port} refuses connections"):
        reachable("127.0.0.1", port, Egress(allow=frozenset({("127.0.0.1", port)})))


def test_a_host_that_does_not_take_the_connection_is_waited_for_until_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for sock in held:
            sock.settimeout(0)
            sock.connect_ex(("127.0.0.1", port))
        egress = Egress(allow=frozenset({("127.0.0.1", port)}))
        began = time.monotonic()
        with pytest.raises(Unavailable, match="did not answer in time"):
            egress.connect(Endpoint("127.0.0.1", port), deadline=Deadline.after(0.3))
        assert time.monotonic() - began < 2
        for sock in held:
            sock.close()


def test_a_passed_deadline_opens_nothing() -> None:
    with site(lambda seen: answer()) as server:
        with pytest.raises(Unavailable):
            Egress(allow=frozenset({("127.0.0.1", server.port)})).connect(
                Endpoint("127.0.0.1", server.port), deadline=Deadline.after(0)
            )
        assert server.connections == 0


def test_a_socket_stops_reading_at_the_deadline_however_often_a_byte_comes() -> None:
    stop = threading.Event()

    def dripping(port_of: socket.socket) -> None:
        conn, _ = port_of.accept()
        with conn:
            while not stop.wait(0.02):
                conn.sendall(b".")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        feeder = threading.Thread(target=dripping, args=(listener,))
        feeder.start()
        egress = Egress(allow=frozenset({("127.0.0.1", port)}))
        began = time.monotonic()
        with (
            egress.open(
                Endpoint("127.0.0.1", port, tls=False), deadline=Deadline.after(0.3)
            ) as sock,
            sock.makefile("rb") as file,
        ):
            with pytest.raises(TimeoutError):
                file.read(10_000)
            stop.set()
        feeder.join()
    assert 0.2 < time.monotonic() - began < 2


def test_a_socket_told_to_be_patient_still_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        egress = Egress(allow=frozenset({("127.0.0.1", port)}))
        endpoint = Endpoint("127.0.0.1", port, tls=False)
        began = time.monotonic()
        with egress.open(endpoint, deadline=Deadline.after(0.3)) as sock:
            sock.settimeout(3)
            with pytest.raises(TimeoutError):
                sock.recv(1)
        assert time.monotonic() - began < 2


def test_an_endpoint_is_written_in_one_spelling() -> None:
    assert str(Endpoint("Host.Example.", 443)) == "host.example:443"
    assert str(Endpoint("[::1]", 443)) == "[::1]:443"
