"""The options of an instance's metadata service.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.ec2 import instances as ec2_instances  # noqa: F401 prevents moto from resetting omitted options
from labs_helpers.cloud.services.ec2.errors import invalid_value
from labs_helpers.cloud.services.ec2.instance_states import refuse_terminated

_VALUES = {
    "HttpTokens": ("optional", "required"), "HttpEndpoint": ("enabled", "disabled"),
    "HttpProtocolIpv6": ("enabled", "disabled"), "InstanceMetadataTags": ("enabled", "disabled"),
}  # fmt: skip


@operation("ec2", "ModifyInstanceMetadataOptions")
def modify_instance_metadata_options(call: Call) -> Answer:
    """Change the options that the request contains, on a running or stopped instance.

    Rejects unknown values, and hop limits that aren't between 1 and 64.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
    """
    check_options(call.parameters)
    refuse_terminated(call)
    return call.moto()


def check_options(given: Mapping[str, Any]) -> None:
    """Reject unknown values, and hop limits that aren't between 1 and 64."""
    for name, values in _VALUES.items():
        if given.get(name) not in (None, *values):
            raise invalid_value(f"Value ({given[name]}) for parameter {name} is invalid.")
    limit = given.get("HttpPutResponseHopLimit")
    if limit is not None and not 1 <= int(limit) <= 64:
        raise invalid_value(
            f"Value ({limit}) for parameter HttpPutResponseHopLimit is invalid: the value must be between 1 and 64."
        )
