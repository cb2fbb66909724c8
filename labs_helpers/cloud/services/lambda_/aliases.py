"""Function aliases.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import check_revision, in_conflict, invalid, not_found
from labs_helpers.cloud.services.lambda_.table import function_arn


@operation("lambda", "CreateAlias")
def create_alias(call: Call) -> Answer:
    """Create an alias. Rejects a name that is already in use, and versions that don't exist."""
    arn = f"{function_arn(call)}:{call.parameters['Name']}"
    if lambdas.alias(arn) is not None:
        raise in_conflict(f"Alias already exists: {arn}")
    _check_versions(call, call.parameters["FunctionVersion"])
    return call.moto()


def _check_versions(call: Call, version: str | None) -> None:
    """Reject a version that doesn't exist, and a second version to which Lambda can't route calls."""
    others = ((call.parameters.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}).keys()
    for each in (version, *others):
        arn = f"{function_arn(call)}:{each}"
        if each is not None and (lambdas.function(arn) is None or lambdas.alias(arn) is not None):
            raise not_found(f"Function not found: {arn}")
    if others and version == "$LATEST":
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    if version in others:
        raise invalid(
            f"Invalid function version {version}. Function version {version} is already included in routing "
            "configuration."
        )


@operation("lambda", "DeleteAlias")
def delete_alias(call: Call) -> Answer:
    """Delete an alias and its policy, URL, and settings. A new alias with the same name doesn't get them.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html
    """
    arn = f"{function_arn(call)}:{call.parameters['Name']}"
    lambdas.forget_qualified(arn)
    return call.moto()


@operation("lambda", "UpdateAlias")
def update_alias(call: Call) -> Answer | Mapping[str, Any]:
    """Change an alias, which gets a new revision ID. Rejects an outdated revision ID, and unknown versions."""
    found = lambdas.alias(f"{function_arn(call)}:{call.parameters['Name']}")
    if found is not None:
        check_revision(call, found.revision_id)
        _check_versions(call, call.parameters.get("FunctionVersion") or found.function_version)
    answer = call.moto()
    if answer.status >= 300:
        return answer
    shown: dict[str, Any] = json.loads(answer.body)
    lambdas.alias(shown["AliasArn"]).revision_id = shown["RevisionId"] = call.state.ids.uuid()
    return shown
