"""DescribeInstanceTypes with EC2's pagination, because moto takes seconds to render all types.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.ec2 import moto_view
from labs_helpers.cloud.services.ec2.pages import PAGES


@operation("ec2", "DescribeInstanceTypes")
def describe_instance_types(call: Call) -> Answer | Mapping[str, Any]:
    """Return all types sorted by name, at most 100 per page. Requests with type names or filters are passed to moto."""
    given = call.parameters
    if given.get("InstanceTypes") or given.get("Filters"):
        return call.moto()
    types = moto_view.instance_types(call.account, call.region)
    return PAGES.page(call, "InstanceTypes", types, most=100)
