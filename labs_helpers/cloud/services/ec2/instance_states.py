"""Instance states and attributes: changes that require a stopped instance, and termination protection.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as ec2
from labs_helpers.cloud.services.ec2.errors import invalid_value
from labs_helpers.cloud.services.ec2.same_network import refuse_unknown_groups

_DONE = {"StartInstances": "started", "StopInstances": "stopped"}
_STOPPED_ONLY = frozenset({
    "instanceType", "kernel", "ramdisk", "userData", "ebsOptimized", "enaSupport", "sriovNetSupport",
})  # fmt: skip
"""The attributes that can be changed only while the instance is stopped.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""
_NOT_ATTRIBUTES = frozenset({
    "InstanceId", "ImageId", "NetworkInterfaceId", "SubnetId", "VpcId", "DryRun", "Attribute", "Value", "OperationType",
    "UserIds", "UserGroups", "OrganizationArns", "OrganizationalUnitArns", "ProductCodes", "CustomerOwnedIpv4Pool",
})  # fmt: skip


def _named(call: Call) -> list[Any]:
    found = (
        ec2.instance(call.account, call.region, name) for name in call.parameters.get("InstanceIds") or ()
    )
    return [each for each in found if each is not None]


def _wrong_state(message: str) -> ServiceError:
    return ServiceError("IncorrectInstanceState", message, 400)


@around("ec2", *_DONE, stage=Stage.PRECONDITIONS)
def check_state(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject requests for a terminated instance, and the start of an instance without a root volume.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (IncorrectInstanceState)
    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-detaching-volume.html
    """
    ended = [each.id for each in _named(call) if each.state == "terminated"]
    if ended:
        message = f"The instance '{ended[0]}' is not in a state from which it can be {_DONE[call.operation]}."
        raise _wrong_state(message)
    for each in _named(call) if call.operation == "StartInstances" else ():
        if not ec2.has_root(call.account, call.region, each.id):
            message = (
                f"Invalid value '{each.id}' for instanceId. Instance does not have a volume attached at root"
            )
            raise invalid_value(message)
    return perform()


@around("ec2", "AssociateAddress", "AssociateIamInstanceProfile", stage=Stage.PRECONDITIONS)
def need_live_instance(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a terminated instance, and Elastic IP addresses in a VPC without an internet gateway."""
    refuse_terminated(call)
    if call.operation == "AssociateAddress":
        _need_gateway(call)
    return perform()


def _need_gateway(call: Call) -> None:
    """Raise Gateway.NotAttached if no internet gateway is attached to the VPC of the instance or interface.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (Gateway.NotAttached)
    """
    given, where = call.parameters, (call.account, call.region)
    vpc = ec2.vpc_of(*where, given.get("NetworkInterfaceId") or given.get("InstanceId") or "")
    if vpc is not None and ec2.gateway_of_vpc(*where, vpc) is None:
        raise ServiceError(
            "Gateway.NotAttached", f"Network {vpc} is not attached to any internet gateway", 400
        )


def refuse_terminated(call: Call) -> None:
    """Raise IncorrectInstanceState if the request's instance is terminated. It must be running or stopped.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (IncorrectInstanceState)
    """
    named = ec2.instance(call.account, call.region, call.parameters.get("InstanceId") or "")
    if named is not None and named.state == "terminated":
        raise _wrong_state(f"The instance '{named.id}' is not in the 'running' or 'stopped' state.")


@around("ec2", "RunInstances", stage=Stage.KEPT, refuses=False)
def launch_all_or_none(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Remove the resources that a failed launch created.

    moto creates the instances before it reads all parameters.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    remove_new = ec2.keep_launched(call.account, call.region)
    try:
        answer = perform()
    except Exception:
        remove_new()
        raise
    if answer.status >= 400:
        remove_new()
    return answer


@around("ec2", "TerminateInstances", stage=Stage.PRECONDITIONS)
def keep_protected(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject the termination of a protected instance, but terminate the request's instances in other zones.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
    """
    named = _named(call)
    protected = [each for each in named if each.disable_api_termination]
    if not protected:
        return perform()
    zones = {each._placement.zone for each in protected}
    for each in named:
        if each._placement.zone not in zones and each.state != "terminated":
            each.terminate()
    message = (
        f"The instance '{protected[0].id}' may not be terminated. Modify its 'disableApiTermination' instance "
        "attribute and try again."
    )
    raise ServiceError("OperationNotPermitted", message, 400)


@around("ec2", "ModifyInstanceAttribute", stage=Stage.PRECONDITIONS)
def check_attribute(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Check the change of an attribute.

    Some attributes require a stopped instance. Security groups must be in the instance's VPC.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
    """
    given = call.parameters
    attributes = changed_attributes(call)
    check_user_data((given.get("UserData") or {}).get("Value"))
    refuse_terminated(call)
    changed = ec2.instance(call.account, call.region, given["InstanceId"])
    if changed is None:
        return perform()
    if attributes and attributes[0] in _STOPPED_ONLY and changed.state != "stopped":
        raise _wrong_state(f"The instance '{changed.id}' is not in the 'stopped' state.")
    refuse_unknown_groups(call)
    for group in given.get("Groups") or ():
        if ec2.group_vpc(call.account, call.region, group) not in (None, changed.vpc_id):
            raise invalid_value(f"Security group {group} and instance {changed.id} are in different VPCs.")
    return perform()


def changed_attributes(call: Call) -> list[str]:
    """Return the attribute that a Modify call changes, in a list.

    Raises InvalidParameterCombination for two attributes.
    """
    given = call.parameters
    names = [name for name, value in given.items() if name not in _NOT_ATTRIBUTES and value is not None]
    attributes = [given["Attribute"]] if given.get("Attribute") else [_member(name) for name in names]
    if len(attributes) > 1:
        message = f"Fields for multiple attribute types specified: {', '.join(sorted(attributes))}"
        raise ServiceError("InvalidParameterCombination", message, 400)
    return attributes


@around(
    "ec2", "ModifyImageAttribute", "ModifyNetworkInterfaceAttribute", "ModifySubnetAttribute", "ModifyVpcAttribute",
    stage=Stage.VALIDATED,
)  # fmt: skip
def change_one_attribute(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a request that changes two attributes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html
    """
    changed_attributes(call)
    return perform()


_MOST_USER_DATA = 16_384


def check_user_data(given: Any) -> None:
    """Reject user data of more than 16 KB. The user data is given as bytes or as a base64 string.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
    """
    size = len(given) if isinstance(given, bytes) else len(str(given or "").rstrip("=")) * 3 // 4
    if size > _MOST_USER_DATA:
        raise invalid_value(f"User data is limited to {_MOST_USER_DATA} bytes")


def _member(name: str) -> str:
    return name[:1].lower() + name[1:]
