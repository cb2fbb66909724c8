"""SNS errors that several operations raise.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.refusals import refusal

_invalid_parameter = refusal("InvalidParameter", 400)
not_found = refusal("NotFound", 404)


def invalid(reason: str) -> ServiceError:
    """Return the error for an invalid parameter. The message begins like SNS's message."""
    return _invalid_parameter(f"Invalid parameter: {reason}")


def arn_error(value: str, name: str, region: str) -> ServiceError | None:
    """Return the error for a string that isn't an ARN of SNS in this Region, or None.

    OBSERVED in 2015 and 2022 for topics of another Region: https://github.com/mozilla/security/issues/8,
    https://github.com/sysdiglabs/terraform-aws-secure-for-cloud/issues/105
    """
    parts = value.split(":")
    if len(parts) < 6:
        return invalid(f"{name} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    return invalid(name) if parts[0] != "arn" or parts[2:4] != ["sns", region] else None


def check_arn(value: str, name: str, region: str) -> None:
    """Raise InvalidParameter for a string that isn't an ARN of SNS in this Region."""
    error = arn_error(value, name, region)
    if error is not None:
        raise error
