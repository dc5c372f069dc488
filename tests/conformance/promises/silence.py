"""No secret is ever told, whatever the platform repeats."""

from __future__ import annotations

import logging
import traceback

import pytest

from connectors.errors import ConnectorError
from tests.conformance.faults import FAULTS, FaultProxy, echo
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Kept, Known, Subject
from tests.conformance.verbs import POWER_OF, VERBS


class Silence(Promises):
    @pytest.mark.parametrize("name", [*FAULTS, "echo"])
    def test_no_secret_is_in_an_error_a_traceback_or_a_log(
        self,
        service: Subject,
        proxy: FaultProxy,
        caplog: pytest.LogCaptureFixture,
        name: str,
    ) -> None:
        spoil = echo if name == "echo" else FAULTS[name].spoil
        caplog.set_level(logging.DEBUG)
        kept = Kept()
        service.open(proxy.url, kept=kept).check()
        shown = []
        for keep in (kept, Kept()):  # signed in already, and signing in
            opened = service.open(proxy.url, seconds=1, kept=keep)
            with proxy.failing(spoil), pytest.raises(ConnectorError) as raised:
                opened.check()
            shown += _told(raised.value)
        _silent(service, kept, shown, caplog)
        assert proxy.idle()

    @pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "check"])
    def test_no_verb_tells_a_secret_that_the_platform_repeats(
        self,
        service: Subject,
        known: Known,
        proxy: FaultProxy,
        caplog: pytest.LogCaptureFixture,
        verb: str,
    ) -> None:
        if verb in POWER_OF:
            having(service, POWER_OF[verb])
        caplog.set_level(logging.DEBUG)
        kept = Kept()
        opened = service.open(proxy.url, kept=kept)
        opened.check()
        call = VERBS[verb](opened, known)
        with proxy.failing(echo), pytest.raises(ConnectorError) as raised:
            call()
        _silent(service, kept, _told(raised.value), caplog)
        assert proxy.idle()


def _told(error: ConnectorError) -> list[str]:
    return ["".join(traceback.format_exception(error)), f"{error!r} {error} {error.__dict__}"]


def _silent(
    service: Subject, kept: Kept, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    logged = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    secrets = service.secrets(kept)
    assert secrets
    assert not [secret for secret in secrets for text in (*told, *logged) if secret in text]
