"""The authorization table for Lambda: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
If a request specifies a version or alias, its resource is the ARN with that qualifier:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.lambda_functions import unqualified
from labs_helpers.cloud.services.ec2 import moto_view as moto_ec2
from labs_helpers.cloud.services.lambda_ import moto_view as moto_lambda
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table, account_in
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import asks_s3, has, passes_role, removed_tags, s3_policy
from labs_helpers.engine.policy import AccessRequest
from labs_helpers.engine.policy.arn import Arn


def _function(call: Call) -> tuple[str, str | None]:
    """Return the function's name and qualifier.

    Its account is the call's (see `_owner`), and its Region is the endpoint's. FunctionName is a name,
    `name:qualifier`, `function:name`, `account:function:name`, or an ARN:
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    identifier = call.parameters.get("FunctionName") or ""
    qualifier = call.parameters.get("Qualifier")
    parts = identifier.split(":")
    if identifier.startswith("arn:"):
        parts = parts[6:] or [""]
    elif len(parts) > 1 and "function" in parts[:2]:
        parts = parts[parts.index("function") + 1 :] or [""]
    return parts[0], parts[1] if len(parts) > 1 else qualifier


def _check_function(call: Call) -> None:
    """Reject a function of another Region, and a Qualifier other than the version or alias in FunctionName.

    OBSERVED from 2024 to 2026: the error names both Regions.
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    for name in ("FunctionName", "Resource"):
        arn = Arn.read(call.parameters.get(name) or "")
        if (
            arn is not None
            and arn.service == "lambda"
            and arn.kind == "function"
            and arn.region != call.region
        ):
            message = f"Functions from '{arn.region}' are not reachable in this region ('{call.region}')"
            raise ServiceError("ResourceNotFoundException", message, 404, Type="User")
    _, derived = _function(call)
    qualifier = call.parameters.get("Qualifier")
    if qualifier and derived != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise ServiceError("InvalidParameterValueException", message, 400)


def _arn(call: Call, qualified: bool) -> str:
    """Return the function's ARN (with its qualifier if `qualified`), or "*" if the call has no function."""
    name, qualifier = _function(call)
    if not name:
        return "*"
    arn = f"arn:aws:lambda:{call.region}:{call.account}:function:{name}"
    return f"{arn}:{qualifier}" if qualified and qualifier else arn


def qualified_arn(call: Call) -> str:
    """Return the ARN of a request's function, with the version or alias if the request specifies one."""
    return _arn(call, True)


def _qualified(call: Call) -> list[str]:
    return [_arn(call, True)]


def function_arn(call: Call) -> str:
    """Return the ARN of a request's function, without a version or alias."""
    return _arn(call, False)


def _unqualified(call: Call) -> list[str]:
    return [_arn(call, False)]


_RESOURCE = re.compile(r"arn:aws[a-z-]*:lambda:[a-z\d-]+:\d{12}:[a-z-]+:[\w.-]+(?::[\w$-]+)?", re.ASCII)
"""The only form of a tagged resource's ARN: https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html"""


def _owner(call: Call) -> str | None:
    """Return the account in the request's ARN or in `account:function:name`, or None if there isn't one."""
    parameters = call.parameters
    if "Resource" in parameters and not _RESOURCE.fullmatch(parameters["Resource"]):
        # moto reads only the last part of the ARN, so it would accept any text before that.
        raise ServiceError(
            "ValidationException", "Value at 'resource' failed to satisfy constraint: an ARN", 400
        )
    for name in ("FunctionName", "Resource", "LayerName"):
        value = parameters.get(name) or ""
        if value.startswith("arn:"):
            return account_in(value)
    parts = (parameters.get("FunctionName") or "").split(":")
    return parts[0] if len(parts) > 2 and parts[1] == "function" else None


# Layers


def _layer_arn(call: Call) -> str | None:
    layer = call.parameters.get("LayerName") or ""
    if layer.startswith("arn:"):
        return unqualified(layer)
    return f"arn:aws:lambda:{call.region}:{call.account}:layer:{layer}" if layer else None


def _layer(call: Call) -> list[str]:
    return [_layer_arn(call) or "*"]


def layer_version_arn(call: Call) -> str:
    """Return the ARN of a request's layer version, or "*" if the request doesn't specify one."""
    layer, version = _layer_arn(call), call.parameters.get("VersionNumber")
    return f"{layer}:{version}" if layer and version is not None else "*"


def _layer_version(call: Call) -> list[str]:
    return [layer_version_arn(call)]


def _used_layers(call: Call) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Return the layer versions that the function will use: the caller must be allowed to get them.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
    """
    return [(arn, {}) for arn in call.parameters.get("Layers") or ()]


# Condition keys: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html


def _network(call: Call) -> Mapping[str, Any]:
    """Return the condition keys of a function's VPC configuration.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#vpc-conditions
    """
    configuration = call.parameters.get("VpcConfig") or {}
    subnets, groups = configuration.get("SubnetIds") or [], configuration.get("SecurityGroupIds") or []
    keys: dict[str, Any] = {}
    if subnets:
        keys["lambda:SubnetIds"] = list(subnets)
        attributes = (moto_ec2.attributes(call.account, call.region, "subnet", subnet) for subnet in subnets)
        vpcs = {subnet["Vpc"].rpartition("/")[2] for subnet in attributes if "Vpc" in subnet}
        if vpcs:
            keys["lambda:VpcIds"] = sorted(vpcs)
    if groups:
        keys["lambda:SecurityGroupIds"] = list(groups)
    return keys


def _layers(call: Call) -> Mapping[str, Any]:
    layers = call.parameters.get("Layers")
    return {"lambda:Layer": list(layers)} if layers else {}


def _code_signing(call: Call) -> Mapping[str, Any]:
    arn = call.parameters.get("CodeSigningConfigArn")
    return {"lambda:CodeSigningConfigArn": arn} if arn else {}


def _permission(call: Call) -> Mapping[str, Any]:
    """Return lambda:Principal and lambda:FunctionUrlAuthType of the statement that is added or removed."""
    keys = {}
    principal, auth_type = call.parameters.get("Principal"), call.parameters.get("FunctionUrlAuthType")
    # A request that removes a statement has only its ID.
    if call.operation == "RemovePermission":
        statement = moto_lambda.statement(_arn(call, False), call.parameters.get("StatementId") or "")
        principal = statement.get("Principal")
        if isinstance(principal, Mapping):
            principal = next(iter(principal.values()), None)
        auth_type = (
            (statement.get("Condition") or {}).get("StringEquals", {}).get("lambda:FunctionUrlAuthType")
        )
    if principal:
        keys["lambda:Principal"] = principal
    if auth_type:
        keys["lambda:FunctionUrlAuthType"] = auth_type
    return keys


def _function_url(call: Call) -> Mapping[str, Any]:
    auth_type = call.parameters.get("AuthType") or moto_lambda.url_auth_type(_arn(call, True))
    keys = {"lambda:FunctionArn": _arn(call, True)}
    return keys | ({"lambda:FunctionUrlAuthType": auth_type} if auth_type else {})


def _mapping(call: Call) -> str:
    return f"arn:aws:lambda:{call.region}:{call.account}:event-source-mapping:{call.parameters.get('UUID')}"


def _invoked_function(call: Call) -> Mapping[str, Any]:
    """Return lambda:FunctionArn of an event source mapping: the requested function, or else the mapping's."""
    if call.parameters.get("FunctionName"):
        return {"lambda:FunctionArn": _arn(call, True)}
    arn = moto_lambda.mapped_function(_mapping(call)) if call.parameters.get("UUID") else None
    return {"lambda:FunctionArn": arn} if arn else {}


# The table


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    if ask.type is None:
        return s3_policy(ask)
    # CreateFunction is authorized without the policy of an existing function with the same name.
    if call.operation == "CreateFunction" and ask.type == "function":
        return None
    if ask.type == "function":
        document = moto_lambda.policy(ask.resource)
    elif ask.type == "layerVersion":
        document = moto_lambda.layer_policy(ask.resource)
    else:
        return None
    return (ask.resource, document) if document else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    if ask.type not in ("function", "eventSourceMapping") or call.operation == "CreateFunction":
        return {}
    return moto_lambda.tags(ask.resource)


def _of_kind(kind: str) -> Callable[[Call], bool]:
    return lambda call: f":{kind}:" in (call.parameters.get("Resource") or "")


def _resource(call: Call) -> list[str]:
    return [call.parameters.get("Resource") or "*"]


def _named(call: Call, request: AccessRequest) -> str | None:
    """Return the resource in Lambda's denial messages: "*" for an event source mapping that doesn't exist."""
    if ":event-source-mapping:" not in request.resource:
        return None
    return None if moto_lambda.mapped_function(request.resource) else "*"


TABLE = Table(
    "lambda",
    "lambda",
    resources={"eventSourceMapping": {"UUID": "UUID"}},
    before=_check_function,
    owner=_owner,
    policy=_policy,
    tags=_tags,
    facts=Facts(names_resource=_named),
)
ask = TABLE.ask

# Functions
ask("Invoke", action="InvokeFunction", on="function", arns=_qualified)
ask("InvokeAsync", on="function", arns=_qualified)
ask(
    "DeleteFunction GetFunction GetFunctionConfiguration GetPolicy DeleteFunctionEventInvokeConfig "
    "GetFunctionEventInvokeConfig PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig",
    on="function",
    arns=_qualified,
)
ask(
    "CreateAlias DeleteAlias GetAlias ListAliases UpdateAlias DeleteFunctionConcurrency GetFunctionConcurrency "
    "PutFunctionConcurrency GetFunctionCodeSigningConfig ListFunctionEventInvokeConfigs ListVersionsByFunction "
    "PublishVersion UpdateFunctionCode",
    on="function",
    arns=_unqualified,
)
ask("ListFunctions")
_IN_VPC = (_network, _layers, _code_signing)
ask("CreateFunction", on="function", arns=_unqualified, keys=_IN_VPC)
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
ask("CreateFunction", action="TagResource", on="function", arns=_unqualified, when=has("Tags"))
ask("UpdateFunctionConfiguration", on="function", arns=_unqualified, keys=(_network, _layers))
ask(
    "CreateFunction UpdateFunctionConfiguration",
    action="GetLayerVersion",
    on="layerVersion",
    each=_used_layers,
)
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
passes_role(
    TABLE,
    "CreateFunction UpdateFunctionConfiguration",
    "lambda.amazonaws.com",
    lambda call: [call.parameters.get("Role")],
)


def _code(call: Call) -> list[tuple[str | None, str | None]]:
    """Return the S3 bucket and key of the archive that contains a function's or a layer's code."""
    code = call.parameters
    if call.operation != "UpdateFunctionCode":
        code = code.get("Code") or code.get("Content") or {}
    return [(code.get("S3Bucket"), code.get("S3Key"))]


# https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html
asks_s3(TABLE, "CreateFunction UpdateFunctionCode PublishLayerVersion", "GetObject", _code)

# A function's policy and URL
ask("AddPermission RemovePermission", on="function", arns=_qualified, keys=(_permission,))
ask(
    "CreateFunctionUrlConfig DeleteFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig",
    on="function",
    arns=_qualified,
    keys=(_function_url,),
)

# Event source mappings
ask("CreateEventSourceMapping", keys=(_invoked_function,))
# https://docs.aws.amazon.com/lambda/latest/dg/tags-esm.html; the mapping has no UUID yet
ask(
    "CreateEventSourceMapping", action="TagResource", on="eventSourceMapping", when=has("Tags"),
    arns=lambda call: [f"arn:aws:lambda:{call.region}:{call.account}:event-source-mapping:*"],
)  # fmt: skip
ask("ListEventSourceMappings")
ask(
    "DeleteEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping",
    on="eventSourceMapping",
    keys=(_invoked_function,),
)

# Layers
ask("PublishLayerVersion", on="layer", arns=_layer)
ask(
    "AddLayerVersionPermission DeleteLayerVersion GetLayerVersion GetLayerVersionPolicy RemoveLayerVersionPermission",
    on="layerVersion",
    arns=_layer_version,
)
ask("ListLayers ListLayerVersions")

# Tags by ARN
for _type, _kind in (("function", "function"), ("eventSourceMapping", "event-source-mapping")):
    ask("ListTags TagResource", on=_type, arns=_resource, when=_of_kind(_kind))
    ask("UntagResource", on=_type, arns=_resource, keys=(removed_tags,), when=_of_kind(_kind))

# https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
_ONE_CODE = "Please do not provide other FunctionCode parameters when providing a ZipFile."
for _operation, _where in (
    ("CreateFunction", "Code."),
    ("UpdateFunctionCode", ""),
    ("PublishLayerVersion", "Content."),
):
    TABLE.one_of(
        _operation, f"{_where}ZipFile", f"{_where}S3Bucket", f"{_where}ImageUri",
        code="InvalidParameterValueException", message=_ONE_CODE,
    )  # fmt: skip
