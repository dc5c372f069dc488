"""FTP over the door's sockets, against a server that does as it is told."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread

import pytest

from connectors.egress import Deadline, Egress
from connectors.errors import (
    BadAnswer,
    ConfigInvalid,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)
from connectors.ftp import Ftp

GREETING = "220 Ready."
SIGNED_IN = {"USER": "331 Password?", "PASS": "230 In.", "TYPE": "200 Binary."}
SECRET = "hidden-91c2"


class Server:
    """Answers each command by its word; data connections carry `data`."""

    def __init__(
        self, replies: Mapping[str, str], data: bytes = b"", end: str = "226 Done."
    ) -> None:
        self._replies = {**SIGNED_IN, **replies}
        self._data, self._end = data, end
        self.heard: list[str] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.passive = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])
        self.data_port = int(self.passive.getsockname()[1])
        Thread(target=self._served, daemon=True).start()

    def _served(self) -> None:
        """Until the client hangs up, which it does without a word."""
        with suppress(OSError):
            self._serve()

    def _serve(self) -> None:
        control, _ = self.listening.accept()
        with control, control.makefile("rw", encoding="utf-8", newline="") as lines:
            self._say(lines, self._replies.get("greeting", GREETING))
            for line in lines:
                self.heard.append(line.strip())
                word = line.split()[0].upper()
                if word == "PASV":
                    high, low = divmod(self.data_port, 256)
                    # Another host's address, which must not be believed.
                    self._say(lines, f"227 Entering (10,0,0,1,{high},{low}).")
                elif word in ("RETR", "STOR") and word not in self._replies:
                    self._transfer(lines, word)
                else:
                    self._say(lines, self._replies.get(word, "500 What?"))

    def _transfer(self, lines: io.TextIOWrapper, word: str) -> None:
        data, _ = self.passive.accept()
        self._say(lines, "150 Here it comes.")
        with data:
            if word == "RETR":
                data.sendall(self._data)
            else:
                while data.recv(65_536):
                    pass
        self._say(lines, self._end)

    def _say(self, lines: io.TextIOWrapper, text: str) -> None:
        lines.write(f"{text}\r\n")
        lines.flush()


@contextmanager
def serving(replies: Mapping[str, str], **rest: str | bytes) -> Iterator[Server]:
    server = Server(replies, **rest)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.listening.close()
        server.passive.close()


def signed_in(server: Server, *, seconds: float = 5.0, data: bool = True) -> Ftp:
    ports = {server.port} | ({server.data_port} if data else set())
    egress = Egress(allow=frozenset(("127.0.0.1", port) for port in ports))
    connect = partial(egress.open, deadline=Deadline.after(seconds))
    return Ftp(connect, "127.0.0.1", server.port, login="me", password=SECRET)


def test_a_whole_file_comes_from_the_host_of_the_control_connection() -> None:
    content = bytes(range(256)) * 4_000
    with serving({}, data=content) as server, signed_in(server) as session:
        assert b"".join(session.chunks("/a.csv")) == content
    assert server.heard[:3] == ["USER me", f"PASS {SECRET}", "TYPE I"]


@pytest.mark.parametrize("end", ["426 Aborted.", "451 Disk gone."])
def test_half_a_file_is_never_taken_for_a_whole_one(end: str) -> None:
    with (
        serving({}, data=b"half", end=end) as server,
        signed_in(server) as session,
        pytest.raises(Unavailable),
    ):
        list(session.chunks("/a.csv"))


def test_a_missing_file_is_told_before_its_first_byte() -> None:
    with (
        serving({"RETR": "550 None."}) as server,
        signed_in(server) as session,
        pytest.raises(NotFound),
    ):
        session.chunks("/none.csv")


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ({"PASS": "530 No."}, Forbidden),
        ({"USER": "421 Busy."}, Unavailable),
        ({"greeting": "what is this"}, BadAnswer),
        ({"USER": "999 Odd."}, BadAnswer),
    ],
)
def test_a_sign_in_that_fails_is_named_and_tells_no_secret(
    replies: dict[str, str], error: type[ConnectorError]
) -> None:
    with serving(replies) as server, pytest.raises(error) as raised:
        signed_in(server)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("word", "reply", "error", "do"),
    [
        ("DELE", "550 None.", NotFound, lambda ftp: ftp.remove("/a")),
        ("MKD", "553 Bad name.", Rejected, lambda ftp: ftp.make_folder("/a")),
        ("RNFR", "450 Busy.", NotFound, lambda ftp: ftp.rename("/a", "/b")),
        ("STOR", "552 Full.", Rejected, lambda ftp: ftp.store("/a", io.BytesIO(b"x"))),
    ],
)
def test_what_the_server_refuses_is_an_error_of_ours(
    word: str, reply: str, error: type[ConnectorError], do: Callable[[Ftp], None]
) -> None:
    with (
        serving({word: reply}) as server,
        signed_in(server) as session,
        pytest.raises(error),
    ):
        do(session)


def test_data_goes_nowhere_that_the_guard_does_not_allow() -> None:
    with (
        serving({}) as server,
        signed_in(server, data=False) as session,
        pytest.raises(ConfigInvalid),
    ):
        session.chunks("/a.csv")


def test_a_server_that_falls_silent_is_left_at_the_deadline() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    port = int(silent.getsockname()[1])
    egress = Egress(allow=frozenset({("127.0.0.1", port)}))
    connect = partial(egress.open, deadline=Deadline.after(0.3))
    with silent, pytest.raises(Unavailable):
        Ftp(connect, "127.0.0.1", port, login="me", password=SECRET)
