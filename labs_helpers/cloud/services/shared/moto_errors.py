"""Translation of moto's exceptions into the services' errors.

moto looks up IDs, tokens, and members without checking that they exist. The `moto_errors` module in a service's folder
translates the resulting exception into the service's error. Any other exception becomes an InternalFailure
(`gate.failures`).
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.shared.authorization_table import Table

Explain = Callable[[Call, Exception], ServiceError | None]
"""A function that returns the service's error for a call in which moto raised an exception, or None."""


def explained(table: Table) -> Callable[[Explain], Explain]:
    """Register a function that translates moto's exceptions in all of a table's operations."""

    def register(explain: Explain) -> Explain:
        """Register the function, and return it."""

        @around(table.service, *sorted(table.operations), stage=Stage.EXPLAINED, refuses=False)
        def in_own_words(call: Call, deed: Callable[[], Answer]) -> Answer:
            """Perform the operation, and translate moto's exceptions into the service's errors."""
            try:
                return deed()
            except (ServiceError, NotModelled):
                raise
            except Exception as failure:
                why = explain(call, failure)
                if why is None:
                    raise
                raise why from failure

        return explain

    return register
