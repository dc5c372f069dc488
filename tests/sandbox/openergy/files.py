"""FTP to a stand-in of Openergy, as any client would speak it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ftplib import FTP
from io import BytesIO
from typing import Any

from tests.sandbox.openergy.wire import Api


@contextmanager
def session(api: Api, path: str, account_id: str) -> Iterator[FTP]:
    """Signed in to an account; `path` is its resource."""
    account = api("GET", f"{path}/{account_id}/").data
    password = api("GET", f"{path}/{account_id}/password/").data["password"]
    ftp = FTP(timeout=20)  # noqa: S321 - it is what the platform speaks
    ftp.connect(account["host"], account["port"])
    ftp.login(account["login"], password)
    try:
        yield ftp
    finally:
        ftp.close()


def gate_with_files(api: Api, project: str, **files: str) -> dict[str, Any]:
    """A gate with an account and files in it; `x_csv` is put as `x.csv`."""
    gate = api.make("odata/gates", project=project, name="gate")
    account = gate["ftp_account"]
    api("POST", f"odata/gate_ftp_accounts/{account}/attach_new_oftp_account/")
    put(api, account, **files)
    return gate


def put(api: Api, account: str, **files: str) -> None:
    """Uploads texts to a gate's account."""
    with session(api, "odata/gate_ftp_accounts", account) as ftp:
        for name, text in files.items():
            ftp.storbinary(f"STOR {name.replace('_', '.')}", BytesIO(text.encode()))


def fetched(ftp: FTP, path: str) -> bytes:
    """A file's content."""
    parts: list[bytes] = []
    ftp.retrbinary(f"RETR {path}", parts.append)
    return b"".join(parts)
