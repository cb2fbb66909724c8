"""Targets of rules.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.json_text import parsed
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.events.errors import invalid
from labs_helpers.cloud.services.events.pages import PAGES
from labs_helpers.cloud.services.events.rules import rule_of
from labs_helpers.engine.policy.arn import Arn

_MOST = 5
"""Targets of a rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""
_NEED_ROLE = frozenset(("kinesis", "states", "ecs", "batch", "firehose", "codebuild", "codepipeline", "ssm"))
"""Services whose targets need a role.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
"""
_SERVICES = frozenset(
    """apigateway appsync batch codebuild codepipeline ecs events execute-api firehose inspector kinesis lambda logs
    redshift redshift-serverless sagemaker sns sqs ssm ssm-incidents states""".split()
)
"""Services whose resources can be targets: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html"""
_PLACEHOLDER = re.compile(r"<([\w.-]+)>")
_PATH = re.compile(r"\$([.\[].*)?", re.DOTALL)
"""A JSON path begins with `$`: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
_INPUTS = ("Input", "InputPath", "InputTransformer")


@operation("events", "PutTargets")
def put_targets(call: Call) -> Mapping[str, Any]:
    """Add targets to a rule, or replace targets with the same ID."""
    given = call.parameters
    rule = rule_of(call, given["Rule"])
    targets = given["Targets"]
    ids = [target["Id"] for target in targets]
    if len(set(ids)) < len(ids):
        raise invalid("Duplicated Target Id is not allowed.")
    if len({*ids, *(target["Id"] for target in rule.targets)}) > _MOST:
        raise ServiceError(
            "LimitExceededException", "The requested resource exceeds the maximum number allowed.", 400
        )
    for target in targets:
        _check(target)
    rule.put_targets([dict(target) for target in targets])
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _check(target: Mapping[str, Any]) -> None:
    """Raise ValidationException for a target that isn't valid."""
    name, arn = target["Id"], target["Arn"]
    parts = Arn.read(arn)
    if parts is None or parts.service not in _SERVICES:
        raise invalid(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if sum(each in target for each in _INPUTS) > 1:
        raise invalid(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
        )
    if parts.service == "sqs" and arn.endswith(".fifo") and not target.get("SqsParameters"):
        raise invalid(f"Parameter(s) SqsParameters must be specified for target: {name}.")
    if target.get("Input") and not _is_json(target["Input"]):
        raise invalid(f"JSON syntax error in input for target {name}.")
    paths = [
        target.get("InputPath"),
        *((target.get("InputTransformer") or {}).get("InputPathsMap") or {}).values(),
    ]
    for path in paths:
        if path and not _PATH.fullmatch(path):
            raise invalid(f"InputPath for target {name} is invalid.")
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters and dead_letters.split(":")[:3] != ["arn", "aws", "sqs"]:
        # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeadLetterConfig.html
        raise invalid(
            f"Parameter {dead_letters} is not valid. Reason: The dead-letter queue must be an SQS queue."
        )
    _check_template(name, target.get("InputTransformer") or {})
    needs = parts.service in _NEED_ROLE or ":api-destination/" in arn
    if needs and not target.get("RoleArn"):
        raise invalid(f"RoleArn is required for target {arn}.")


def _is_json(text: str) -> bool:
    try:
        parsed(text)
    except ValueError:
        return False
    return True


def _check_template(name: str, transformer: Mapping[str, Any]) -> None:
    """Reject a template with a name that InputPathsMap doesn't contain.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    known = transformer.get("InputPathsMap") or {}
    for placeholder in _PLACEHOLDER.findall(transformer.get("InputTemplate") or ""):
        if placeholder not in known and not placeholder.startswith("aws.events."):
            raise invalid(f"InputTemplate for target {name} contains invalid placeholder {placeholder}.")


@operation("events", "ListTargetsByRule")
def list_targets_by_rule(call: Call) -> Mapping[str, Any]:
    """Return the targets of a rule."""
    return PAGES.page(call, "Targets", rule_of(call, call.parameters["Rule"]).targets)


@operation("events", "RemoveTargets")
def remove_targets(call: Call) -> Mapping[str, Any]:
    """Remove targets from a rule. The response lists IDs that the rule doesn't have as failed entries."""
    rule, failed = rule_of(call, call.parameters["Rule"]), []
    for each in call.parameters["Ids"]:
        if rule._check_target_exists(each) is None:
            failed.append({
                "TargetId": each, "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": f"Rule {rule.name} does not have target with id {each}.",
            })  # fmt: skip
        rule.remove_targets([each])
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}
