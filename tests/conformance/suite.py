"""What every service has to keep, whatever its platform: one class, skipping by power only.

A platform's test file has a subclass and the module's fixtures `service` (a `Subject`), `known`
and, where a promise cannot be kept, `exempt` (a test's name and the reason). The promises stand
in `promises/`, by subject; a new power brings its own.
"""

from __future__ import annotations

from tests.conformance.promises.being import Being
from tests.conformance.promises.browsing import Browsing
from tests.conformance.promises.failing import Failing
from tests.conformance.promises.files import Files
from tests.conformance.promises.operating import Operating
from tests.conformance.promises.reading import Reading
from tests.conformance.promises.sharing import Sharing
from tests.conformance.promises.silence import Silence
from tests.conformance.promises.writing import Writing


class Conformance(Being, Browsing, Reading, Writing, Files, Sharing, Operating, Failing, Silence):
    """Subclass it in a platform's own file."""
