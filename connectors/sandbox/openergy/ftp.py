"""The FTP side: plain, passive, each account in its own home (section 6.3)."""

from __future__ import annotations

import errno
import io
import logging
import os
import posixpath
import socket
import stat
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from threading import Event, Thread
from typing import Any, ClassVar

from connectors.sandbox.openergy.homes import Entry, Homes, failure, tidy

with warnings.catch_warnings():  # its loop is built on asyncore, which Python is taking leave of
    warnings.simplefilter("ignore", DeprecationWarning)
    from pyftpdlib.authorizers import AuthenticationFailed
    from pyftpdlib.filesystems import AbstractedFS
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

# What a client sends is nobody's business; without a handler the library would add its own.
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())
logging.getLogger("pyftpdlib").propagate = False

COMMANDS = ("USER", "PASS", "PWD", "CWD", "TYPE", "PASV", "EPSV", "LIST", "STOR", "RETR", "MKD",
            "DELE", "RMD", "RNFR", "RNTO")  # fmt: skip
RIGHTS = "elradfmwMT"
POLL_SECONDS = 0.1
SECOND = 1_000_000
LARGEST_FILE = 256 * 1024 * 1024
OWNER = 1000
NOWHERE = "?"
"""Stands for names that no file can have; the library refuses it as lying outside the home."""

Find = Callable[[str, str], str | None]
"""The account id of a login with a password; None when they do not fit."""


class Door:
    """Lets accounts in. The home that it names is the account's id."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._accounts: dict[str, str] = {}

    def validate_authentication(self, username: str, password: str, _handler: object) -> None:
        """Raises AuthenticationFailed."""
        account = self._find(username, password)
        if account is None:
            raise AuthenticationFailed("Authentication failed.")
        self._accounts[username] = account

    def get_home_dir(self, username: str) -> str:
        """The account that signed in with this login."""
        return self._accounts[username]

    def has_user(self, username: str) -> bool:
        """Whether somebody has signed in so."""
        return username in self._accounts

    def has_perm(self, _username: str, perm: str, _path: str | None = None) -> bool:
        """Everybody may do everything at home, but change modes and owners."""
        return perm in RIGHTS

    def get_perms(self, _username: str) -> str:
        """The rights as letters."""
        return RIGHTS

    def get_msg_login(self, _username: str) -> str:
        """The greeting."""
        return "Login successful."

    def get_msg_quit(self, _username: str) -> str:
        """The farewell."""
        return "Goodbye."

    def impersonate_user(self, _username: str, _password: str) -> None:
        """Nobody of this machine."""

    def terminate_impersonation(self, _username: str) -> None:
        """Nobody of this machine."""


class Upload(io.BytesIO):
    """A file being written; it is there when it is closed."""

    def __init__(self, homes: Homes, account: str, path: str, start: bytes) -> None:
        super().__init__(start)
        self.name = path
        self._homes, self._account = homes, account

    def write(self, chunk: Any) -> int:
        """Raises OSError for a file that a sandbox does not want to hold."""
        if self.tell() + len(chunk) > LARGEST_FILE:
            raise failure(errno.EFBIG, self.name)
        return super().write(chunk)

    def close(self) -> None:
        """Puts what was written; a second close does nothing."""
        if not self.closed:
            content = self.getvalue()
            super().close()
            with suppress(OSError):  # the directory may be gone meanwhile; so is the file then
                self._homes.write(self._account, self.name, content)


class Download(io.BytesIO):
    """A file being read."""

    def __init__(self, path: str, content: bytes) -> None:
        super().__init__(content)
        self.name = path


class Tree(AbstractedFS):  # type: ignore[misc]
    """The file system of one session: `root` is an account's id, paths start at its home."""

    homes: ClassVar[Homes]

    def ftp2fs(self, ftppath: str) -> str:
        try:
            return tidy(ftppath, self.cwd)
        except OSError:
            return NOWHERE

    def fs2ftp(self, fspath: str) -> str:
        return fspath

    def validpath(self, path: str) -> bool:
        return path != NOWHERE

    def realpath(self, path: str) -> str:
        return "/" if path == self.root else path

    def open(self, filename: str, mode: str) -> io.BytesIO:
        if "r" in mode and "+" not in mode:
            return Download(filename, self.homes.read(self.root, filename))
        return self._upload(filename, mode)

    def _upload(self, path: str, mode: str) -> Upload:
        parent = self.homes.find(self.root, posixpath.dirname(path))
        held = self.homes.find(self.root, path)
        if parent is None or not parent.directory or (held is not None and held.directory):
            raise failure(errno.ENOENT, path)
        start = self.homes.read(self.root, path) if held is not None and "w" not in mode else b""
        upload = Upload(self.homes, self.root, path, start)
        upload.seek(0, os.SEEK_END if "a" in mode else os.SEEK_SET)
        return upload

    def mkstemp(
        self, suffix: str = "", prefix: str = "", dir: str | None = None, mode: str = "wb"
    ) -> Upload:
        taken = {entry.name for entry in self.homes.inside(self.root, dir or "/")}
        names = (f"{prefix}{number}{suffix}" for number in range(len(taken) + 1))
        return self._upload(tidy(next(n for n in names if n not in taken), dir or "/"), mode)

    def chdir(self, path: str) -> None:
        self.homes.inside(self.root, path)
        self.cwd = path

    def mkdir(self, path: str) -> None:
        self.homes.make_directory(self.root, path)

    def listdir(self, path: str) -> list[str]:
        return [entry.name for entry in self.homes.inside(self.root, path)]

    def rmdir(self, path: str) -> None:
        self.homes.remove_directory(self.root, path)

    def remove(self, path: str) -> None:
        self.homes.remove(self.root, path)

    def rename(self, src: str, dst: str) -> None:
        self.homes.rename(self.root, src, dst)

    def utime(self, _path: str, _timeval: float) -> None:
        raise failure(errno.EPERM, "")

    def stat(self, path: str) -> os.stat_result:
        entry = self.homes.find(self.root, path)
        if entry is None:
            raise failure(errno.ENOENT, path)
        return _stat(entry)

    lstat = stat

    def isfile(self, path: str) -> bool:
        entry = self.homes.find(self.root, path)
        return entry is not None and not entry.directory

    def isdir(self, path: str) -> bool:
        entry = self.homes.find(self.root, path)
        return entry is not None and entry.directory

    def islink(self, _path: str) -> bool:
        return False

    def lexists(self, path: str) -> bool:
        return self.homes.find(self.root, path) is not None

    def getsize(self, path: str) -> int:
        return self.stat(path).st_size

    def getmtime(self, path: str) -> float:
        return self.stat(path).st_mtime

    def get_user_by_uid(self, _uid: int) -> str:
        return "openergy"

    get_group_by_gid = get_user_by_uid


def _stat(entry: Entry) -> os.stat_result:
    mode = stat.S_IFDIR | 0o755 if entry.directory else stat.S_IFREG | 0o644
    seconds = entry.modified // SECOND
    return os.stat_result((mode, 0, 0, 1, OWNER, OWNER, entry.size, seconds, seconds, seconds))


def free_ports(host: str, count: int) -> list[int]:
    """Ports that nobody listens on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket(family)) for _ in range(count)]
        for each in held:
            each.bind((host, 0))
        return [int(each.getsockname()[1]) for each in held]


class FtpServer:
    """Serves homes from a thread of its own until it is stopped."""

    def __init__(
        self,
        listening: socket.socket,
        homes: Homes,
        find: Find,
        passive_ports: Sequence[int],
    ) -> None:
        home = type("Home", (Tree,), {"homes": homes})
        handler = type("Handler", (FTPHandler,), {
            "authorizer": Door(find), "abstracted_fs": home, "passive_ports": list(passive_ports),
            "banner": "Openergy sandbox ready.", "use_sendfile": False, "auth_failed_timeout": 0.0,
        })  # fmt: skip
        # A socket of its own: closing the server must not close the one that the sandbox holds.
        self._server = FTPServer(listening.dup(), handler, ioloop=IOLoop())
        self._stopped = Event()
        self._thread = Thread(target=self._serve, name="openergy-ftp", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends every session."""
        self._stopped.set()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while not self._stopped.is_set():
            self._server.ioloop.loop(timeout=POLL_SECONDS, blocking=False)
        self._server.close_all()
