"""Where moto stumbles over a parameter, the service says what is wrong with it.

moto looks an id, a token or a member up without asking whether it is there. What a service would answer stands in the
module `moto_errors` of its folder; what no module explains becomes an InternalFailure (`gate.failures`).
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.shared.authorization_table import Table

Explain = Callable[[Call, Exception], ServiceError | None]
"""The service's answer to a call over which moto stumbled with this exception; None where nobody knows it."""


def explained(table: Table) -> Callable[[Explain], Explain]:
    """Let a function explain the stumbles over all operations of a table."""

    def register(explain: Explain) -> Explain:
        @around(table.service, *sorted(table.operations), stage=Stage.EXPLAINED, refuses=False)
        def in_own_words(call: Call, deed: Callable[[], Answer]) -> Answer:
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
