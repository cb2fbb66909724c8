"""The errors that EC2 returns if moto fails because of an ID, a filter, a token, or a missing or empty parameter.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
"""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.ec2.errors import invalid_value, missing_parameter, wrong_state
from labs_helpers.cloud.services.ec2.table import TABLE
from labs_helpers.cloud.services.ec2.unknown_ids import texts, unknown_id
from labs_helpers.cloud.services.shared.moto_errors import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return EC2's error for a call on which moto failed, or None if the cause is unknown."""
    return (
        unknown_id(call)
        or _repeated_id(call, failure)
        or _of_state(call)
        or _malformed_block(failure)
        or _outside_subnet(failure)
        or _unknown_filter(call, failure)
        or _missing_parameter(failure)
        or _unnamed_template(call)
        or _invalid_value(call, failure)
    )


def _malformed_block(failure: Exception) -> ServiceError | None:
    """Return an error if the module `ipaddress` couldn't parse a CIDR block.

    https://docs.python.org/3/library/ipaddress.html#custom-exceptions
    """
    if not isinstance(failure, ValueError) or type(failure).__name__ not in (
        "AddressValueError",
        "NetmaskValueError",
    ):
        return None
    if "'None'" in str(failure):
        return missing_parameter("The request must contain the parameter cidrBlock")
    return invalid_value(f"Value for parameter cidrBlock is invalid. {failure}")


def _outside_subnet(failure: Exception) -> ServiceError | None:
    """Return an error for a private address that isn't in the subnet."""
    if "does not fall in the subnet CIDR" not in str(failure):
        return None
    return invalid_value("Address does not fall within the subnet's address range")


def _unnamed_template(call: Call) -> ServiceError | None:
    """Return the error for a launch template operation without a launch template, or None for other calls."""
    if "LaunchTemplate" in call.operation:
        message = "You must specify either the launch template ID or the launch template name."
        return missing_parameter(message)
    return None


def _missing_parameter(failure: Exception) -> ServiceError | None:
    """Return an error for a missing parameter that the model doesn't require but the operation does.

    moto looks up the parameter by name, so the `KeyError` contains the name.
    """
    if (
        not isinstance(failure, KeyError)
        or not failure.args
        or not re.fullmatch(r"[A-Z]\w+", str(failure.args[0]))
    ):
        return None
    return missing_parameter(f"The request must contain the parameter {failure.args[0]}")


def _repeated_id(call: Call, failure: Exception) -> ServiceError | None:
    """Return an error for a list that contains an ID twice, because moto expects as many resources as IDs."""
    for name, value in call.parameters.items():
        if isinstance(failure, IndexError) and name.endswith("Ids") and len(set(value)) < len(value):
            return invalid_value(
                f"Value for parameter {name[:1].lower()}{name[1:]} is invalid. Duplicate IDs."
            )
    return None


def _of_state(call: Call) -> ServiceError | None:
    """Return the error for a resource in a state that the operation doesn't allow.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVolume.html
    """
    if call.operation == "DetachVolume":
        message = f"Volume '{call.parameters['VolumeId']}' is in the 'available' state."
        return wrong_state(message)
    if call.operation == "AssignIpv6Addresses":
        return invalid_value("The subnet of the network interface doesn't have an IPv6 CIDR block.")
    return None


def _unknown_filter(call: Call, failure: Exception) -> ServiceError | None:
    """Return an error if moto doesn't know the name of a filter."""
    names = [str(each.get("Name")) for each in call.parameters.get("Filters") or ()]
    if isinstance(failure, KeyError) and failure.args[0] in names:
        return invalid_value(f"The filter '{failure.args[0]}' is invalid")
    return None


def _invalid_value(call: Call, failure: Exception) -> ServiceError | None:
    """Return an error for the value that moto didn't find or, if it isn't known, for the first empty value."""
    sought = failure.args[0] if isinstance(failure, KeyError) and failure.args else ""
    for name, value in texts(call.parameters):
        if value == sought:
            return invalid_value(f"Value ({value}) for parameter {name[:1].lower()}{name[1:]} is invalid.")
    return None
