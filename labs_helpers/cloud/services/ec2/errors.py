"""EC2 errors that several operations return, by short name.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal

invalid_value = refusal("InvalidParameterValue", 400)
missing_parameter = refusal("MissingParameter", 400)
invalid_token = refusal("InvalidNextToken", 400)
already_associated = refusal("Resource.AlreadyAssociated", 400)
has_dependents = refusal("DependencyViolation", 400)
wrong_state = refusal("IncorrectState", 400)


def address_in_use(address: str) -> ServiceError:
    """Return the error for an address that is in use. `address` is an IP address or an allocation ID."""
    return ServiceError("InvalidIPAddress.InUse", f"Address {address} is in use.", 400)


def interface_in_use(interface: str) -> ServiceError:
    """Return the error for a network interface that is attached."""
    message = f"Network interface '{interface}' is currently in use."
    return ServiceError("InvalidNetworkInterface.InUse", message, 400)
