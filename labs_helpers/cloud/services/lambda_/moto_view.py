"""Access to Lambda data in moto: function policies and tags, layers, event source mappings, and function invocation.

moto runs functions in Docker by default. If Docker is turned off, moto uses different backends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from moto.moto_api._internal import mock_random

from labs_helpers.cloud.core.lambda_functions import unqualified
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.moto.backends import existing_among
from labs_helpers.cloud.services.sqs import moto_view as sqs
from labs_helpers.engine.policy.arn import Arn


def _backend(arn: str) -> Any:
    parts = Arn.read(arn)
    if parts is None or ":" not in parts.resource:
        return None
    return existing_among(backends(), parts.account, parts.region)


def backends() -> Any:
    """Return moto's Lambda backends by account and Region.

    The result depends on whether moto is configured to use Docker.
    """
    from moto.core.models import default_user_config

    if default_user_config.get("lambda", {}).get("use_docker", True) is False:
        from moto.awslambda_simple.models import lambda_simple_backends

        return lambda_simple_backends
    from moto.awslambda.models import lambda_backends

    return lambda_backends


def function(arn: str) -> Any:
    """Return the function or version with this ARN, or None if there isn't one. An alias is resolved to its version."""
    backend = _backend(arn)
    if backend is None:
        return None
    try:
        return backend.get_function(unqualified(arn), _qualifier(arn))
    except Exception as error:
        # moto raises its own error for an unknown function; any other exception is a defect.
        if type(error).__module__.startswith("moto."):
            return None
        raise


def _name(arn: str) -> str:
    """Return the name in an ARN: `resize` for `function:resize:7`."""
    return Arn.parse(arn).resource.split(":")[1]


def _qualifier(arn: str) -> str | None:
    """Return the version or alias in an ARN (`7` for `function:resize:7`), or None if there isn't one."""
    return Arn.parse(arn).resource.partition(":")[2].partition(":")[2] or None


def policy(arn: str) -> str | None:
    """Return a function's policy as JSON text, with the statements of all its versions and aliases.

    AWS stores a separate policy for each version or alias. Each statement's Resource contains the version or alias, so
    evaluating all statements together results in the same decision. Returns None for an unknown function or one without
    statements.
    """
    backend = _backend(arn)
    if backend is None:
        return None
    entry = backend._lambdas._functions.get(_name(arn))
    if entry is None:
        return None
    everything = [entry["latest"], *entry["versions"]]
    policies = {id(each.policy): each.policy for each in everything if each is not None}
    return _document([statement for each in policies.values() for statement in each.statements])


def forget_qualified(arn: str) -> None:
    """Remove the policy statements and the asynchronous settings of a version or alias, and an alias's URL."""
    backend = _backend(arn)
    entry = backend._lambdas._functions.get(_name(arn)) if backend is not None else None
    if entry is None:
        return
    for each in (entry["latest"], *entry["versions"]):
        if each is not None:
            each.policy.statements = [one for one in each.policy.statements if one["Resource"] != arn]
            asynchronous_settings(each).pop(arn, None)
    if alias(arn) is not None:
        function(arn).url_config = None


def layer_version(arn: str) -> Any:
    """Return the layer version with this ARN, or None if there isn't one."""
    backend = _backend(arn)
    if backend is None:
        return None
    layer, number = backend._layers._layers.get(_name(arn)), _qualifier(arn)
    versions = layer.layer_versions.values() if layer is not None else ()
    return next((each for each in versions if str(each.version) == number), None)


def layer_policy(arn: str) -> str | None:
    """Return a layer version's policy as JSON text, or None if there isn't one."""
    version = layer_version(arn)
    return _document(version.policy.statements) if version is not None else None


def _document(statements: list[Mapping[str, Any]]) -> str | None:
    """Return statements as one policy.

    A statement ID that occurs again in another version's policy is omitted.
    """
    if not statements:
        return None
    seen: set[str] = set()
    written = []
    for each in map(_as_aws, statements):
        sid = each.get("Sid", "")
        written.append({name: value for name, value in each.items() if name != "Sid" or sid not in seen})
        seen.add(sid)
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": written})


_CONDITIONS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "OrganizationId": ("StringEquals", "aws:PrincipalOrgID"),
}
"""Parameters of AddPermission → the operator and key of the condition that they become: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
_ELEMENTS = frozenset(("Sid", "Effect", "Principal", "Action", "Resource", "Condition"))


def _as_aws(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a statement as AWS shows it. In moto, some elements still are request parameters."""
    elements = {name: value for name, value in statement.items() if name in _ELEMENTS}
    principal = elements.get("Principal")
    if isinstance(principal, str) and principal != "*":
        account = principal.isdigit() and len(principal) == 12
        elements["Principal"] = {"AWS": f"arn:aws:iam::{principal}:root" if account else principal}
    conditions = {operator: dict(keys) for operator, keys in (statement.get("Condition") or {}).items()}
    for parameter, (operator, key) in _CONDITIONS.items():
        value = statement.get(parameter)
        if value is not None:
            conditions.setdefault(operator, {})[key] = (
                str(value).lower() if isinstance(value, bool) else value
            )
    return elements | ({"Condition": conditions} if conditions else {})


def statement(arn: str, sid: str) -> Mapping[str, Any]:
    """Return a statement in a function's policy by its Sid, or an empty statement if there isn't one."""
    statements = json.loads(policy(arn) or '{"Statement": []}')["Statement"]
    return next((each for each in statements if each.get("Sid") == sid), {})


def tags(arn: str) -> Mapping[str, str]:
    """Return the tags of an event source mapping or of a function, by ARN.

    A function's ARN can include a version or an alias.
    """
    tagged = _mapping(arn) if ":event-source-mapping:" in arn else function(unqualified(arn))
    return dict(tagged.tags) if tagged is not None else {}


def _mapping(arn: str) -> Any:
    backend = _backend(arn)
    return backend.get_event_source_mapping(arn.rpartition(":")[2]) if backend is not None else None


def mapped_function(arn: str) -> str | None:
    """Return the ARN of the function that an event source mapping invokes, or None for an unknown mapping."""
    mapping = _mapping(arn)
    return mapping.function_arn if mapping is not None else None


def mapping(account: str, region: str, uuid: str) -> Any:
    """Return an event source mapping by its ID, or None if there isn't one."""
    backend = existing_among(backends(), account, region)
    return backend.get_event_source_mapping(uuid) if backend is not None else None


def mappings(account: str, region: str) -> list[Any]:
    """Return an account's event source mappings in a Region."""
    backend = existing_among(backends(), account, region)
    return list(backend._event_source_mappings.values()) if backend is not None else []


def unplug(ended: Any) -> None:
    """Stop an event source mapping's deliveries. Otherwise, moto's queue would continue to make them."""
    queue = sqs.queue(ended.event_source_arn)
    if queue is not None:
        queue.lambda_event_source_mappings.pop(ended.function_arn, None)


def revision(version: Any) -> str:
    """Return the revision ID of a function or version."""
    found: str = version.__dict__.setdefault(_REVISION, str(mock_random.uuid4()))
    return found


def revise(version: Any) -> None:
    """Set a new revision ID for a function that was changed."""
    if version is not None:
        version.__dict__[_REVISION] = str(mock_random.uuid4())


_REVISION = "labs_revision"
SETTINGS, PUBLISHED_FROM = "labs_settings", "labs_published_from"
"""Attributes added to moto's functions: settings that moto doesn't store, and the source of a published
version.
"""


def settings(version: Any) -> Mapping[str, Any]:
    """Return the settings that moto doesn't store for a function or version, as they were sent."""
    found: Mapping[str, Any] = version.__dict__.get(SETTINGS, {})
    return found


def alias(arn: str) -> Any:
    """Return the alias with this ARN, or None if there isn't one."""
    backend = _backend(arn)
    if backend is None:
        return None
    return backend._lambdas._aliases.get(unqualified(arn), {}).get(_qualifier(arn))


def never_runs(arn: str) -> bool:
    """Return True if a function's reserved concurrency is 0, which stops all its invocations.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    found = function(":".join(arn.split(":")[:7]))
    reserved = getattr(found, "reserved_concurrency", None)
    return reserved is not None and int(reserved) == 0


def reserved_concurrency(account: str, region: str, *, but: Any) -> int:
    """Return the total concurrency reserved for all of an account's functions in a Region, except one."""
    backend = existing_among(backends(), account, region)
    found = backend._lambdas._functions.values() if backend is not None else ()
    others = (each["latest"] for each in found if each["latest"].function_name != but.function_name)
    return sum(int(each.reserved_concurrency or 0) for each in others)


def url_auth_type(arn: str) -> str | None:
    """Return the authentication type of a function's URL ("NONE" or "AWS_IAM"), or None if it has no URL."""
    config = getattr(function(arn), "url_config", None)
    return config.config.get("AuthType") if config is not None else None


def asynchronous_settings(version: Any) -> dict[str, dict[str, Any]]:
    """Return the settings of a function's asynchronous invocations, by ARN with version or alias."""
    found: dict[str, dict[str, Any]] = version.__dict__.setdefault("labs_asynchronous_settings", {})
    return found


def aliases_of(arn: str) -> list[Any]:
    """Return the aliases that point to the function version in the ARN, or to any version if it has none."""
    backend, version = _backend(arn), _qualifier(arn)
    found = backend._lambdas._aliases.get(unqualified(arn), {}).values() if backend is not None else ()
    return [each for each in found if version in (None, each.function_version, *_weights(each))]


def _weights(alias: Any) -> Iterable[str]:
    return ((alias.routing_config or {}).get("AdditionalVersionWeights") or {}).keys()


def invoke(arn: str, event: Mapping[str, Any]) -> None:
    """Invoke a function asynchronously with an event, ignoring the result. An unknown function is ignored."""
    backend = _backend(arn)
    if backend is None or function(arn) is None:
        return
    backend.invoke(_name(arn), _qualifier(arn), json.dumps(event), {"x-amz-invocation-type": "Event"}, {})


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """Yield the policies of all functions and of all layer versions, each as JSON text."""
    all_backends = [backend for regions in list(backends().values()) for backend in list(regions.values())]
    for backend in all_backends:
        functions = [each for entry in backend._lambdas._functions.values()
                     for each in (entry["latest"], *entry["versions"]) if each is not None]  # fmt: skip
        layers = [
            version for layer in backend._layers._layers.values() for version in layer.layer_versions.values()
        ]
        # Versions of a function can share one policy object.
        for each in {id(each.policy): each for each in (*functions, *layers)}.values():
            if each.policy.statements:
                text = json.dumps({"Statement": each.policy.statements})
                yield Kept(_arn(each), text, partial(_put_statements, each.policy))


def _arn(version: Any) -> str:
    """Return the ARN of a function or of a layer version."""
    return str(getattr(version, "function_arn", None) or version.arn)


def _put_statements(policy: Any, text: str) -> None:
    policy.statements = json.loads(text)["Statement"]


def put_statements(policy: Any, statements: list[dict[str, Any]]) -> None:
    """Replace a policy's statements. The policy gets a new revision ID."""
    policy.statements = statements
    policy.revision = str(mock_random.uuid4())


# Encryption with KMS keys: the key in moto's own attribute, and the encrypted variables in our own attribute


def environment(arn: str) -> tuple[str | None, Mapping[str, str]]:
    """Return a function's KMS key (or None) and its environment variables."""
    version = function(arn)
    if version is None:
        return None, {}
    return version.kms_key_arn or None, dict(version.environment_vars or {})


def encrypt(arn: str, key_arn: str | None, sealed: Any | None) -> None:
    """Set the KMS key in a function's configuration and store the encrypted variables with the function."""
    version = function(arn)
    version.kms_key_arn = key_arn
    version.__dict__["labs_sealed"] = sealed


def sealed(arn: str) -> Any | None:
    """Return the encrypted variables that `encrypt` stored, or None for a function without a customer managed key."""
    version = function(arn)
    return version.__dict__.get("labs_sealed") if version is not None else None


def snapshot(arn: str) -> Callable[[], None]:
    """Return a function that restores a Lambda function to its current state, or deletes it if it doesn't exist yet."""
    version = function(arn)
    state = None if version is None else dict(version.__dict__)

    def restore() -> None:
        """Restore the function, or delete it."""
        if state is not None:
            version.__dict__.update(state)
        elif function(arn) is not None:
            _backend(arn).delete_function(_name(arn))

    return restore
