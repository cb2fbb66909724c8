"""Dry runs: EC2 checks a request with DryRun, but doesn't perform it.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.ec2.unknown_ids import unknown_id


def refuse_dry_run(call: Call) -> None:
    """Raise DryRunOperation for a request with DryRun, or the error for a nonexistent ID in the request."""
    if not call.parameters.get("DryRun"):
        return
    message = "Request would have succeeded, but DryRun flag is set."
    raise unknown_id(call) or ServiceError("DryRunOperation", message, 412)
