"""The settings of a BEMServer account: what is taken, and the sentence for what is not."""

from __future__ import annotations

import pytest

from connectors.egress import Endpoint
from connectors.errors import ConfigInvalid
from connectors.registry import configure

GOOD = {"url": "https://bem.example.org/api/v0", "email": "a@b.c", "password": "secret-word"}


@pytest.mark.parametrize(
    ("typed", "kept", "endpoint"),
    [
        ("https://Bem.Example.org/v/", "https://bem.example.org/v", ("bem.example.org", 443, True)),
        ("bem.example.org", "https://bem.example.org", ("bem.example.org", 443, True)),
        ("http://localhost:5000", "http://localhost:5000", ("localhost", 5000, False)),
        (" https://[::1]:8443/x ", "https://[::1]:8443/x", ("::1", 8443, True)),
    ],
)  # fmt: skip
def test_an_address_is_kept_in_one_spelling(
    typed: str, kept: str, endpoint: tuple[str, int, bool]
) -> None:
    config = configure("bemserver", GOOD | {"url": typed})
    assert config.model_dump()["url"] == kept
    assert config.endpoints() == (Endpoint(*endpoint),)


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("url", "ftp://bem.example.org", "begin with https://"),
        ("url", "https://me:pass@bem.example.org", "own fields"),
        ("url", "https://bem.example.org/?token=1", "question mark"),
        ("url", "https://bem.example.org/#x", "hash"),
        ("url", "https://bem.example.org/../x", "dots"),
        ("url", "https://bem.exa mple.org", "spaces"),
        ("url", "https://bem.example.org:99999", "port"),
        ("url", "https://bem.example.org:x", "port"),
        ("url", "https://", "host name"),
        ("email", "nobody", "e-mail"),
        ("data_state", "Cooked", "'Raw' or 'Clean'"),
        ("sign_in", "Digest", "'Bearer' or 'Basic'"),
        ("password", "p" * 81, "80"),
        ("password", "", "1"),
    ],
)
def test_what_cannot_work_is_refused_on_its_field(field: str, value: str, part: str) -> None:
    with pytest.raises(ConfigInvalid) as wrong:
        configure("bemserver", GOOD | {field: value})
    assert list(wrong.value.fields) == [field]
    assert part in wrong.value.fields[field]
    assert value not in str(wrong.value) or not value
