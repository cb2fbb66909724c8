"""Views on moto's Lambda: functions' policies and tags, layers, event source mappings. And how a function is called.

moto runs functions in Docker unless it is told not to, and keeps them in another place then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from labs_helpers.cloud.core.lambda_functions import unqualified
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto.backends import existing_among
from labs_helpers.engine.policy.arn import Arn


def _backend(arn: str) -> Any:
    named = Arn.read(arn)
    if named is None or ":" not in named.resource:
        return None
    return existing_among(backends(), named.account, named.region)


def backends() -> Any:
    from moto.core.models import default_user_config

    if default_user_config.get("lambda", {}).get("use_docker", True) is False:
        from moto.awslambda_simple.models import lambda_simple_backends

        return lambda_simple_backends
    from moto.awslambda.models import lambda_backends

    return lambda_backends


def function(arn: str) -> Any:
    """A function, version or alias's function by ARN, None if there is none."""
    found = _backend(arn)
    if found is None:
        return None
    try:
        return found.get_function(unqualified(arn), _qualifier(arn))
    except Exception as error:
        if type(error).__module__.startswith("moto."):
            return None
        raise


def _name(arn: str) -> str:
    """`resize` of `function:resize:7`."""
    return Arn.parse(arn).resource.split(":")[1]


def _qualifier(arn: str) -> str | None:
    """`7` of `function:resize:7`: a version or an alias."""
    return Arn.parse(arn).resource.partition(":")[2].partition(":")[2] or None


def policy(arn: str) -> str | None:
    """The policy of a function as JSON text, with the statements of all its versions and aliases.

    AWS keeps one policy a version or alias; each statement's Resource says which it belongs to, so that judged
    together they decide the same.
    """
    found = _backend(arn)
    if found is None:
        return None
    known = found._lambdas._functions.get(_name(arn))
    if known is None:
        return None
    everything = [known["latest"], *known["versions"]]
    policies = {id(each.policy): each.policy for each in everything if each is not None}
    return _document([statement for each in policies.values() for statement in each.statements])


def layer_policy(arn: str) -> str | None:
    """The policy of a layer version."""
    found = _backend(arn)
    if found is None:
        return None
    layer, number = found._layers._layers.get(_name(arn)), _qualifier(arn)
    versions = layer.layer_versions.values() if layer is not None else ()
    version = next((each for each in versions if str(each.version) == number), None)
    return _document(version.policy.statements) if version is not None else None


def _document(statements: list[Mapping[str, Any]]) -> str | None:
    if not statements:
        return None
    return json.dumps(
        {"Version": "2012-10-17", "Id": "default", "Statement": [_as_aws(each) for each in statements]}
    )


_CONDITIONS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "OrganizationId": ("StringEquals", "aws:PrincipalOrgID"),
}
"""Parameters of AddPermission that become conditions: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
_ELEMENTS = frozenset(("Sid", "Effect", "Principal", "Action", "Resource", "Condition"))


def _as_aws(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """A statement as AWS shows it: moto leaves some parameters of the request in it as they came."""
    made = {name: value for name, value in statement.items() if name in _ELEMENTS}
    principal = made.get("Principal")
    if isinstance(principal, str) and principal != "*":
        account = principal.isdigit() and len(principal) == 12
        made["Principal"] = {"AWS": f"arn:aws:iam::{principal}:root" if account else principal}
    conditions = {operator: dict(keys) for operator, keys in (statement.get("Condition") or {}).items()}
    for parameter, (operator, key) in _CONDITIONS.items():
        value = statement.get(parameter)
        if value is not None:
            conditions.setdefault(operator, {})[key] = (
                str(value).lower() if isinstance(value, bool) else value
            )
    return made | ({"Condition": conditions} if conditions else {})


def statement(arn: str, sid: str) -> Mapping[str, Any]:
    """A statement of a function's policy by its Sid, empty if there is none."""
    statements = json.loads(policy(arn) or '{"Statement": []}')["Statement"]
    return next((each for each in statements if each.get("Sid") == sid), {})


def tags(arn: str) -> Mapping[str, str]:
    """The tags of a function (its versions and aliases have them too) or of an event source mapping."""
    if ":event-source-mapping:" in arn:
        found = _mapping(arn)
        return dict(found.tags) if found is not None else {}
    found = function(unqualified(arn))
    return dict(found.tags) if found is not None else {}


def _mapping(arn: str) -> Any:
    found = _backend(arn)
    return found.get_event_source_mapping(arn.rpartition(":")[2]) if found is not None else None


def mapped_function(arn: str) -> str | None:
    """The ARN of the function that an event source mapping feeds."""
    found = _mapping(arn)
    return found.function_arn if found is not None else None


def url_auth_type(arn: str) -> str | None:
    """NONE or AWS_IAM, how a function's URL authenticates; None if it has no URL."""
    found = function(arn)
    config = getattr(found, "url_config", None)
    return config.config.get("AuthType") if config is not None else None


def invoke(arn: str, event: Mapping[str, Any]) -> None:
    """Let a function handle an event asynchronously: what it answers is dropped."""
    found = _backend(arn)
    if found is None or function(arn) is None:
        return
    found.invoke(_name(arn), _qualifier(arn), json.dumps(event), {"x-amz-invocation-type": "Event"}, {})


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The policies of all functions, and of all layers' versions."""
    used = [backend for regions in list(backends().values()) for backend in list(regions.values())]
    for backend in used:
        functions = [each for known in backend._lambdas._functions.values()
                     for each in (known["latest"], *known["versions"]) if each is not None]  # fmt: skip
        layers = [
            version for layer in backend._layers._layers.values() for version in layer.layer_versions.values()
        ]
        for each in {id(each.policy): each for each in (*functions, *layers)}.values():
            if each.policy.statements:
                text = json.dumps({"Statement": each.policy.statements})
                yield Kept(_arn(each), text, partial(_put_statements, each.policy))


def _arn(version: Any) -> str:
    """The ARN of a function, or of a layer's version."""
    return str(getattr(version, "function_arn", None) or version.arn)


def _put_statements(policy: Any, text: str) -> None:
    policy.statements = json.loads(text)["Statement"]


# Encryption with KMS keys: what moto keeps of it, and what the service remembers beside it


def environment(arn: str) -> tuple[str | None, Mapping[str, str]]:
    """The KMS key and the environment variables of a function."""
    found = function(arn)
    return (
        (found.kms_key_arn or None, dict(found.environment_vars or {})) if found is not None else (None, {})
    )


def encrypt(arn: str, key_arn: str | None, sealed: Any | None) -> None:
    """Have a function say which KMS key encrypts its variables, and remember with it how."""
    found = function(arn)
    found.kms_key_arn = key_arn
    found.__dict__["labs_sealed"] = sealed


def sealed(arn: str) -> Any | None:
    """What `encrypt` kept; None for functions whose variables no KMS key of the customer's encrypts."""
    found = function(arn)
    return found.__dict__.get("labs_sealed") if found is not None else None


def undo(arn: str) -> Callable[[], None]:
    """What brings a function back to how it is now, or makes it unknown again if there is none."""
    found = function(arn)
    kept = None if found is None else dict(found.__dict__)

    def bring_back() -> None:
        if kept is not None:
            found.__dict__.update(kept)
        elif function(arn) is not None:
            _backend(arn).delete_function(_name(arn))

    return bring_back
