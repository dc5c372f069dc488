"""The settings of an OpenergyVBP account, and how requests are signed."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError

from connectors.openergy.config import HOME, OpenergyConfig
from tests.conformance.sandbox_openergy import openergy


def made(**changes: str) -> OpenergyConfig:
    return OpenergyConfig.model_validate({"login": "me", "password": "secret", **changes})


def test_the_vendors_own_platform_is_the_default() -> None:
    config = made()
    assert config.url == HOME
    (endpoint,) = config.endpoints()
    assert (endpoint.host, endpoint.port, endpoint.tls) == ("data.openergy.fr", 443, True)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("vbp.example.org/api/v2/", "https://vbp.example.org/api/v2"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://VBP.example.org:8443/x", "https://vbp.example.org:8443/x"),
    ],
)
def test_an_address_has_one_spelling(url: str, kept: str) -> None:
    assert made(url=url).url == kept


@pytest.mark.parametrize(
    "url", ["ftp://x", "https://a@b", "https://x?y", "https://x/../y", "https://x:0", "https://a b"]
)
def test_an_address_that_cannot_work_is_told_in_a_sentence(url: str) -> None:
    with pytest.raises(ValidationError, match=r"\."):
        made(url=url)


def test_a_login_with_a_colon_is_refused() -> None:
    with pytest.raises(ValidationError, match="no colon"):
        made(login="a:b")


@pytest.mark.parametrize(("password", "encoding"), [("pâss", "latin-1"), ("пароль", "utf-8")])
def test_the_sign_in_is_latin_1_as_long_as_that_holds_it(password: str, encoding: str) -> None:
    header = made(password=password).signed.headers()["Authorization"]
    assert header.startswith("Basic ")
    assert base64.b64decode(header[6:]).decode(encoding) == f"me:{password}"


def test_every_offer_of_the_sandbox_fits_the_settings() -> None:
    with openergy() as server:
        for offer in server.standin("openergy").offers():
            config = OpenergyConfig.model_validate(offer.settings)
            assert config.model_dump().keys() == offer.settings.keys()
