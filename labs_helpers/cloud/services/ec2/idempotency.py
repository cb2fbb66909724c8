"""Repeated requests, identified by a ClientToken: EC2 performs only the first one.

https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as ec2
from labs_helpers.cloud.services.ec2.errors import invalid_value

_MISMATCH = "The request uses the same client token as a previous, but non-identical request."
_TERMINATED = (
    "The client token you have provided is associated with a terminated instance. Please use a different "
    "client token."
)

_LONGEST = {
    "CreateLaunchTemplate": 128, "CreateLaunchTemplateVersion": 128, "CreateNatGateway": 64,
    "ModifyLaunchTemplate": 128, "RunInstances": 64,
}  # fmt: skip
"""The maximum length of a token, for operations whose API reference pages document one."""


@dataclass(slots=True)
class Answers:
    """The requests with a client token and their responses, by account, Region, operation, and token."""

    known: dict[tuple[str, str, str, str], tuple[str, Answer]] = field(default_factory=dict)


@around(
    "ec2", "AllocateHosts", "CopyImage", "CreateCarrierGateway", "CreateEgressOnlyInternetGateway", "CreateFlowLogs",
    "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "CreateManagedPrefixList", "CreateNatGateway",
    "CreateNetworkAcl", "CreateNetworkInterface", "CreateRouteTable", "CreateTrafficMirrorFilter",
    "CreateTrafficMirrorSession", "CreateTrafficMirrorTarget", "CreateVolume", "CreateVpcEndpoint",
    "CreateVpcEndpointServiceConfiguration", "ModifyLaunchTemplate", "RunInstances",
    stage=Stage.PERMITTED,
)  # fmt: skip
def perform_once(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Return the response to the first request with a client token.

    Raises IdempotentParameterMismatch if the token was used with other parameters, IdempotentInstanceTerminated
    if the instances launched with the token are terminated, and InvalidParameterValue if the token is longer
    than the operation allows.
    """
    token = call.parameters.get("ClientToken")
    if not token:
        return perform()
    longest = _LONGEST.get(call.operation)
    if longest is not None and len(token) > longest:
        raise invalid_value(
            f"Value ({token}) for parameter clientToken is invalid. It is longer than {longest} characters."
        )
    known = call.state.part(Answers).known
    key = call.account, call.region, call.operation, token
    request = json.dumps(call.parameters, sort_keys=True, default=str)
    before, answer = known.get(key) or (request, None)
    if before != request:
        raise ServiceError("IdempotentParameterMismatch", _MISMATCH, 400)
    if answer is not None:
        _refuse_terminated(call, token)
    else:
        answer = perform()
        if answer.status < 300:
            known[key] = request, answer
    return answer


def _refuse_terminated(call: Call, token: str) -> None:
    """Raise IdempotentInstanceTerminated if the instances launched with a token are terminated.

    OBSERVED in 2025: https://github.com/boto/boto3/issues/4406
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (IdempotentInstanceTerminated)
    """
    if call.operation != "RunInstances":
        return
    launched = [each for each in ec2.instances(call.account, call.region) if each.client_token == token]
    if all(each.state == "terminated" for each in launched):
        raise ServiceError("IdempotentInstanceTerminated", _TERMINATED, 400)
