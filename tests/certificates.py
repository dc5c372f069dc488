"""Certificates of an authority that nobody trusts but whom a test tells to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Issued:
    """The files, in PEM: the authority's certificate, and a server's chain and key."""

    authority: str
    chain: str
    key: str

    @property
    def tls(self) -> tuple[str, str]:
        """What a sandbox is started with."""
        return self.chain, self.key


def issued(folder: Path, *names: str) -> Issued:
    """For a server on this machine, which may have other names too."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", *names)
    trusted, chain, key = (folder / name for name in ("ca.pem", "chain.pem", "key.pem"))
    authority.cert_pem.write_to_path(str(trusted))
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(str(chain), append=True)
    certificate.private_key_pem.write_to_path(str(key))
    return Issued(authority=str(trusted), chain=str(chain), key=str(key))
