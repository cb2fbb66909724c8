"""What moto lacks or gets wrong, one module an API, named as boto3 names it.

Each module registers its operations with `labs_helpers.core.registry`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

_MODULES = {
    "accessanalyzer": ("accessanalyzer",),
    "cloudtrail": ("cloudtrail",),
    "dynamodb": ("resource_policies",),
    "ec2": ("ec2_metadata_options",),
    "events": ("resource_policies",),
    "iam": ("iam",),
    "iam-toolbox": ("iam_toolbox",),
    "kms": ("resource_policies",),
    "logs": ("resource_policies",),
    "organizations": ("organizations",),
    "s3": ("s3",),
    "secretsmanager": ("resource_policies",),
    "sns": ("resource_policies",),
    "sqs": ("resource_policies",),
    "sts": ("sts",),
}
"""boto3's service name → modules of this package."""


@cache
def load(service: str) -> None:
    """Register our operations of a service, if we have any; services are loaded when they are first asked."""
    for module in _MODULES.get(service, ()):
        import_module(f"{__name__}.{module}")
