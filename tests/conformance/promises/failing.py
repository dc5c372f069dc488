"""Every verb under every fault becomes the right error, in time, and leaves nothing open."""

from __future__ import annotations

import pytest

from connectors.errors import BadAnswer, ConfigInvalid, ConnectorError, NotFound, RateLimited
from tests.conformance.faults import FAULTS, UNSAFE, WAIT, Fault, FaultProxy
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Opened, Subject
from tests.conformance.verbs import CHANGING, ONCE, POWER_OF, VERBS


class Failing(Promises):
    @pytest.mark.parametrize("name", FAULTS)
    @pytest.mark.parametrize("verb", VERBS)
    def test_every_verb_names_every_fault(
        self, service: Subject, known: Known, proxy: FaultProxy, verb: str, name: str
    ) -> None:
        fault = FAULTS[name]
        opened = _ready(service, proxy, verb, fault)
        call = VERBS[verb](opened, known)
        methods = UNSAFE if verb in CHANGING else None
        with proxy.failing(fault.spoil, methods), pytest.raises(_allowed(verb, fault)) as raised:
            call()
        assert proxy.struck
        if verb in ONCE and fault.unsure:
            assert len(proxy.struck) == 1
        if isinstance(raised.value, RateLimited):
            assert WAIT - 15 < (raised.value.retry_after or 0) <= WAIT
        assert proxy.idle()


def _ready(service: Subject, proxy: FaultProxy, verb: str, fault: Fault) -> Opened:
    """Behind the faults and signed in, with little time where the fault takes all of it."""
    if verb in POWER_OF:
        having(service, POWER_OF[verb])
    service.open(proxy.url).check()
    return service.open(proxy.url, seconds=1.0 if fault.waits else 30.0)


def _allowed(verb: str, fault: Fault) -> tuple[type[ConnectorError], ...]:
    """The sign-in may also say that the address, or the account, is not what it should be."""
    if verb == "check" and {NotFound, BadAnswer} & {*fault.errors}:
        return (*fault.errors, ConfigInvalid)
    if verb == "check":
        return (*fault.errors, ConfigInvalid, *FAULTS["401"].errors)
    return fault.errors
