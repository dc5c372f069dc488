"""What a service is, before it is asked anything."""

from __future__ import annotations

import subprocess
import sys

from connectors.contract import POWERS, Acts, powers, secret_names
from connectors.operations import operations
from tests.conformance.promises.base import Promises
from tests.conformance.subject import Kept, Subject


class Being(Promises):
    def test_check_names_the_same_account_twice(self, service: Subject) -> None:
        first, second = service.open().check(), service.open(kept=Kept()).check()
        assert first.id == second.id
        assert first.id
        assert first.label

    def test_its_powers_are_the_methods_it_has(self, service: Subject) -> None:
        for power in POWERS:
            methods = getattr(power, "__abstractmethods__", ())
            if power is Acts:
                assert bool(operations(service.type)) == (power in powers(service.type))
                continue
            has_all = all(callable(getattr(service.type, name, None)) for name in methods)
            assert has_all == (power in powers(service.type))

    def test_every_setting_has_a_label_and_a_help_text(self, service: Subject) -> None:
        for name, declared in service.type.Config.model_fields.items():
            assert declared.title, name
            assert declared.description, name

    def test_no_repr_of_the_settings_or_the_service_shows_a_secret(self, service: Subject) -> None:
        assert secret_names(service.type.Config)
        shown = f"{service.config!r} {service.config} {service.open()!r} {service.open().__dict__}"
        assert not [secret for secret in service.secrets() if secret in shown]

    def test_it_needs_no_django(self, service: Subject) -> None:
        module = service.type.__module__
        script = f"import sys, {module}; sys.exit('django' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
