"""Names of nonexistent services in a policy.

AWS rejects a policy that contains such a name; Access Analyzer checks only the form of the names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import strings
from labs_helpers.engine.reference.service_principals import is_service_principal, similar_service_principal


def unknown_services(document: Any) -> Iterator[tuple[Path, str]]:
    """Yield the path and name of each nonexistent service in Principal or NotPrincipal. Accepts malformed documents."""
    for path, statement in _statements(document):
        for element in ("Principal", "NotPrincipal"):
            principals = statement.get(element)
            if isinstance(principals, dict):
                for place, name in strings(principals.get("Service"), (*path, element, "Service")):
                    if not is_service_principal(name):
                        yield place, name


def _statements(document: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        yield ("Statement",), statements
    elif isinstance(statements, list):
        for index, statement in enumerate(statements):
            if isinstance(statement, dict):
                yield ("Statement", index), statement


def about(name: str) -> str:
    """Return a sentence stating that a service doesn't exist, and suggesting a similar service if there is one."""
    meant = similar_service_principal(name)
    return f"There is no AWS service `{name[:128]}`." + (f" Did you mean `{meant}`?" if meant else "")
