"""A line over the door's socket: what goes wrong is named, and every wait has an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from socket import socket

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from connectors.egress import Deadline, Egress, Endpoint
from connectors.errors import ConnectorError, Forbidden, NotFound, Unavailable
from connectors.websocket import Ended, Line

Handler = Callable[[ServerConnection], None]


def refuse(connection: ServerConnection, request: Request) -> Response | None:
    """`/403` is refused with that status."""
    code = request.path.rpartition("/")[2]
    return connection.respond(HTTPStatus(int(code)), "no") if code.isdecimal() else None


@contextmanager
def serving(handler: Handler) -> Iterator[int]:
    """The port of a server in a thread."""
    with serve(handler, "127.0.0.1", 0, process_request=refuse) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield int(server.socket.getsockname()[1])
        server.shutdown()
        thread.join(10)


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def door(port: int, seconds: float = 30.0) -> Callable[[Endpoint], socket]:
    egress = Egress(allow=frozenset((("127.0.0.1", port),)))
    return partial(egress.open, deadline=Deadline.after(seconds))


def line(port: int, path: str = "/", seconds: float = 30.0) -> Line:
    return Line(door(port, seconds), Endpoint("127.0.0.1", port, tls=False), path)


def test_text_goes_out_and_comes_in() -> None:
    with serving(echo) as port:
        open_line = line(port)
        open_line.send("hello")
        assert open_line.receive(10) == "hello"
        assert open_line.receive(0.05) is None
        open_line.close()
        open_line.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Forbidden), (403, Forbidden), (404, NotFound), (500, Unavailable), (302, Unavailable)],
)
def test_a_refused_handshake_is_named(status: int, kind: type[ConnectorError]) -> None:
    with serving(echo) as port, pytest.raises(kind):
        line(port, f"/{status}")


def test_a_line_that_breaks_is_unavailable() -> None:
    with serving(lambda connection: None) as port:
        open_line = line(port)
        with pytest.raises(Unavailable):
            open_line.receive(10)
        with pytest.raises(Unavailable):
            open_line.send("late")
        open_line.close()


def test_closing_wakes_whoever_waits() -> None:
    with serving(echo) as port:
        open_line = line(port)
        ended = threading.Event()

        def wait() -> None:
            with pytest.raises(Ended):
                open_line.receive(30)
            ended.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        open_line.close()
        assert ended.wait(10)
        waiting.join(10)


def test_the_deadline_ends_the_waiting_quietly() -> None:
    with serving(echo) as port:
        open_line = line(port, seconds=0.5)
        began = time.monotonic()
        with pytest.raises(Ended):
            open_line.receive(20)
        assert time.monotonic() - began < 5
        open_line.close()
