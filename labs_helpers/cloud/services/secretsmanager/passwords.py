"""The operation that generates random passwords.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.secretsmanager.access import invalid_parameter

_LENGTH = 32
_KINDS = {
    "ExcludeUppercase": string.ascii_uppercase, "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeNumbers": string.digits, "ExcludePunctuation": string.punctuation,
}  # fmt: skip


@operation("secretsmanager", "GetRandomPassword")
def get_random_password(call: Call) -> Mapping[str, Any]:
    """Generate a password with at least one character of each included type, unless RequireEachIncludedType is false.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
    """
    given = call.parameters
    length = given.get("PasswordLength") or _LENGTH
    excluded = frozenset(given.get("ExcludeCharacters") or "")
    allowed = ([one for one in _KINDS[name] if one not in excluded] for name in _KINDS if not given.get(name))
    kinds = [kind for kind in allowed if kind]
    space = [" "] if given.get("IncludeSpace") and " " not in excluded else []
    everything = [one for kind in kinds for one in kind] + space
    if not everything:
        raise invalid_parameter("No characters are left to generate the password from.")
    required = kinds if given.get("RequireEachIncludedType") is not False else []
    if length < len(required):
        raise invalid_parameter("Password length is too short based on the required types.")
    chosen = [secrets.choice(kind) for kind in required]
    chosen += [secrets.choice(everything) for _ in range(length - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return {"RandomPassword": "".join(chosen)}
