"""Request checks that Secrets Manager performs before it looks up the secret.

OBSERVED in 2022: all operations reject names with invalid characters, and requests without a ClientRequestToken,
whether or not the secret exists.
"""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.secretsmanager.access import invalid, invalid_parameter, invalid_request

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_WITH_TOKEN = frozenset(("CreateSecret", "PutSecretValue", "RotateSecret", "UpdateSecret"))
"""The operations that create a version, whose ID is the request's token. SDKs send one automatically.

If a service within the cloud makes the call, Secrets Manager generates the token.
"""


def refuse_before_policies(call: Call) -> None:
    """Raise `ServiceError` for a secret name with invalid characters, or for a missing ClientRequestToken.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    for parameter in ("Name", "SecretId"):
        name = call.parameters.get(parameter)
        if name is not None and not (parameter == "SecretId" and name.startswith("arn:")):
            _refuse_name(name)
    if call.host and call.operation in _WITH_TOKEN and not call.parameters.get("ClientRequestToken"):
        refuse = invalid_parameter if call.operation == "RotateSecret" else invalid_request
        raise refuse("You must provide a ClientRequestToken value. We recommend a UUID-type value.")


def _refuse_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise invalid(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )
