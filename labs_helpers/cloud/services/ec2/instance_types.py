"""DescribeInstanceTypes a page at a time, as EC2 answers: moto writes out all of them, for seconds.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.ec2 import moto_view

_PAGE = 100


@operation("ec2", "DescribeInstanceTypes")
def describe_instance_types(call: Call) -> Answer | Mapping[str, Any]:
    """All of them in the order of their names, 100 a page unless less is asked for; those that are named at once."""
    given = call.parameters
    if given.get("InstanceTypes") or given.get("Filters"):
        return call.moto()
    types = moto_view.instance_types(call.account, call.region)
    start, most = _start(given.get("NextToken")), given.get("MaxResults") or _PAGE
    page = {"InstanceTypes": types[start : start + most]}
    return page | ({"NextToken": _token(start + most)} if start + most < len(types) else {})


def _token(start: int) -> str:
    return base64.b64encode(f"types:{start}".encode()).decode()


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        if word == "types":
            return int(number)
    except ValueError:
        pass
    raise ServiceError("InvalidNextToken", "The token is invalid", 400)
