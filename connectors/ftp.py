"""FTP over sockets that the door opens: control and data connections alike.

Passive only, for behind the guard there is nobody who could be connected to. The address in the
answer to PASV is not believed: data comes from the host of the control connection.
"""

from __future__ import annotations

import ftplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import socket
from typing import BinaryIO, Self

from connectors.egress import Endpoint
from connectors.errors import (
    BadAnswer,
    ConnectorError,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
)

PIECE = 256 * 1024
_REFUSED_LOGIN = ("430", "530", "532")
_GONE = ("450", "550")
_NAME = ("553",)

Open = Callable[[Endpoint], socket]


class _Session(ftplib.FTP):
    """The standard library's client, whose data sockets come from the door too."""

    def __init__(self, open_socket: Open, host: str, port: int) -> None:
        super().__init__()
        self.encoding = "utf-8"
        self.host = host
        self._open = open_socket
        self.sock = open_socket(Endpoint(host, port, tls=False))
        self.af = self.sock.family
        self.file = self.sock.makefile("r", encoding=self.encoding)
        try:
            self.welcome = self.getresp()
        except BaseException:
            self.close()
            raise

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket, int | None]:
        _, port = self.makepasv()
        data = self._open(Endpoint(self.host, port, tls=False))
        try:
            reply = self.sendcmd(cmd)
            # Some servers announce twice before they send: RFC 959 allows 1yz replies only.
            reply = self.getresp() if reply.startswith("2") else reply
            if not reply.startswith("1"):
                raise ftplib.error_reply(reply)  # noqa: S321 the platform speaks nothing else
        except BaseException:
            data.close()
            raise
        return data, None


class Ftp:
    """One signed-in session; a `with` block ends it. Every error is a `ConnectorError`."""

    def __init__(
        self, open_socket: Open, host: str, port: int, *, login: str, password: str
    ) -> None:
        self._data: socket | None = None
        with _translated():
            self._session = _Session(open_socket, host, port)
        try:
            with _translated():
                self._session.login(login, password)
                self._session.voidcmd("TYPE I")
        except ConnectorError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the sockets, without waiting for a farewell."""
        if self._data is not None:
            self._data.close()
        self._session.close()

    def chunks(self, path: str) -> Iterator[bytes]:
        """A file's bytes. The transfer is asked for at once, so a missing one is NotFound now.

        A transfer that the server did not call complete is Unavailable, at its end.
        """
        with _translated():
            self._data = self._session.transfercmd(f"RETR {path}")
        return self._taken(self._data)

    def _taken(self, data: socket) -> Iterator[bytes]:
        with _translated():
            while piece := data.recv(PIECE):
                yield piece
            data.close()
            self._session.voidresp()

    def store(self, path: str, content: BinaryIO) -> None:
        """What is left of the content, in pieces; a file of that name is replaced."""
        with _translated():
            self._session.storbinary(f"STOR {path}", content, blocksize=PIECE)

    def remove(self, path: str) -> None:
        with _translated():
            self._session.delete(path)

    def rename(self, path: str, other: str) -> None:
        with _translated():
            self._session.rename(path, other)

    def make_folder(self, path: str) -> None:
        with _translated():
            self._session.mkd(path)


@contextmanager
def _translated() -> Iterator[None]:
    """The errors of `ftplib` and of sockets as ours, without the server's words."""
    fault: ConnectorError
    try:
        yield
        return
    except ftplib.error_perm as wrong:
        fault = _refusal(str(wrong)[:3])
    except ftplib.error_temp as wrong:
        late = Unavailable("The FTP server cannot do this just now. Try again in a moment.")
        fault = _refusal(str(wrong)[:3]) if str(wrong)[:3] in _GONE else late
    except (ftplib.error_reply, ftplib.error_proto):
        fault = BadAnswer("The FTP server does not answer in readable FTP.")
    except TimeoutError:
        fault = Unavailable("The FTP server did not answer in time. Try again in a moment.")
    except UnicodeError:
        fault = BadAnswer("The FTP server answered in letters that are no UTF-8.")
    except (OSError, EOFError):
        fault = Unavailable("The FTP server broke off the connection. Try again in a moment.")
    raise fault


def _refusal(code: str) -> ConnectorError:
    if code in _REFUSED_LOGIN:
        return Forbidden("The FTP server did not accept the login and password it was given.")
    if code in _GONE:
        return NotFound("The FTP server has no such file or folder, or does not let it be changed.")
    if code in _NAME:
        name = "The FTP server does not take this name."
        return Rejected(name, {"name": name})
    return Rejected("The FTP server refused this.")
