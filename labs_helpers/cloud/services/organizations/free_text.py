"""The rejection of free text that a browser would execute if a page displayed it unescaped.

"The service also validates your free-text field values against common cross-site scripting (XSS) patterns and rejects
requests that contain matching values": AWS doesn't list the patterns, so only obvious ones are checked.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html (INVALID_PATTERN)
"""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations.errors import invalid

_FIELDS = ("AccountName", "Description", "Name", "Notes")
_SCRIPT = re.compile(r"<\s*script\b|javascript\s*:|<[^>]*\son\w+\s*=", re.IGNORECASE)


def check_free_text(call: Call) -> None:
    """Raise InvalidInputException (INVALID_PATTERN) for a name, description, or note that contains a script."""
    if any(_SCRIPT.search(call.parameters.get(name) or "") for name in _FIELDS):
        raise invalid("INVALID_PATTERN")
