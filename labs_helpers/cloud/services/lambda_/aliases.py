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
from labs_helpers.cloud.services.lambda_.errors import in_conflict
from labs_helpers.cloud.services.lambda_.table import function_arn


@operation("lambda", "CreateAlias")
def create_alias(call: Call) -> Answer:
    """Create an alias. Rejects a name that is already in use."""
    arn = f"{function_arn(call)}:{call.parameters['Name']}"
    if lambdas.alias(arn) is not None:
        raise in_conflict(f"Alias already exists: {arn}")
    return call.moto()


@operation("lambda", "UpdateAlias")
def update_alias(call: Call) -> Answer | Mapping[str, Any]:
    """Change an alias, which gets a new revision ID."""
    answer = call.moto()
    if answer.status >= 300:
        return answer
    shown: dict[str, Any] = json.loads(answer.body)
    lambdas.alias(shown["AliasArn"]).revision_id = shown["RevisionId"] = call.state.ids.uuid()
    return shown
