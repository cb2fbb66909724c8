"""Checks for Resource and NotResource: each string must be "*" or a possible ARN of a resource."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import Draft, Kind, Statement
from labs_helpers.engine.analysis.validation.findings import Place
from labs_helpers.engine.policy.patterns import loosened, overlap
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference import retired_names

_FIELDS = ("arn", "partition", "service", "region", "account", "resource")
_LONGEST = 2048  # the largest length of an ARN in characters
_ACCOUNT = re.compile(r"[0-9]{12}|aws|aws-managed|cloudfront|third-party")
_KNOWN_WHOLLY = frozenset(("dynamodb", "iam", "lambda"))
"""Services whose ARN formats are all published. For other services, Access Analyzer accepts unpublished formats."""
_OF_NO_ACCOUNT = frozenset(("resource-explorer-2", "ssm"))
"""Services with AWS-owned resources whose ARNs contain no account: `arn:aws:ssm:*::document/AWS-RunShellScript`."""
_RESOURCES = {
    "AWS::S3::Bucket": "arn:*:s3:::*",
    "AWS::S3::AccessPoint": "arn:*:s3:*:*:accesspoint/*",
    "AWS::S3::MultiRegionAccessPoint": "arn:*:s3::*:accesspoint/*",
    "AWS::S3ObjectLambda::AccessPoint": "arn:*:s3-object-lambda:*:*:accesspoint/*",
    "AWS::DynamoDB::Table": "arn:*:dynamodb:*:*:table/*",
}
"""The resources that the policy of a resource type can contain."""


def check(draft: Draft, statement: Statement) -> None:
    """Run every check in this module."""
    if draft.kind is Kind.TRUST_POLICY:
        return
    for element in ("Resource", "NotResource"):
        for path, text in statement.strings(element):
            if draft.report.full:
                return
            if text != "*":
                _check_arn(draft, path, text)


def _check_arn(draft: Draft, path: Path, text: str) -> None:
    report = draft.report
    loose = loosened(text)
    parts = loose.split(":", 5)
    if parts[0] != "arn":
        if not (len(parts) == 1 and overlap(parts[0], "arn") and "*" in parts[0]):
            report.add(
                "INVALID_ARN_PREFIX", 'A resource must be "*" or an ARN; an ARN begins with "arn:".', path
            )
        else:
            report.add("MISSING_ARN_FIELD", "A wildcard can't match several fields of an ARN.", path)
        return
    if len(parts) < 6:
        missing = ", ".join(_FIELDS[len(parts) :])
        report.add("MISSING_ARN_FIELD", f"The ARN has no {missing}.", path)
        return
    if not _check_partition_and_service(draft, path, text, parts):
        return
    _check_region_and_account(draft, path, text, parts)
    pattern = _RESOURCES.get(draft.resource_type or "")
    if pattern and not overlap(pattern, loose):
        details = f"The policy of an {draft.resource_type} must contain ARNs like {pattern}."
        report.add("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", details, path)


def _field(path: Path, text: str, index: int) -> Place:
    """Return the place of one field of an ARN, or of the whole string if a variable might contain a colon."""
    if "${" in text:
        return Place(path)
    parts = text.split(":", 5)
    start = len(":".join(parts[:index])) + 1
    return Place(path, substring=(start, len(parts[index])))


def _check_partition_and_service(draft: Draft, path: Path, text: str, parts: list[str]) -> bool:
    """Return whether the ARN formats of the service are known; report invalid fields."""
    report, (_, partition, service, *_rest) = draft.report, parts
    if not any(overlap(partition, known) for known in reference.PARTITIONS):
        known = ", ".join(sorted(reference.PARTITIONS))
        named = {"service": service, "partition": partition, "partitions": known}
        report.add("INVALID_PARTITION", named, _field(path, text, 1))
    if "*" in service or "?" in service:
        details = "A wildcard in the service field of an ARN might match more services than intended."
        report.add("WILDCARD_IN_SERVICE_NAME", details, _field(path, text, 2))
        return False
    if service != service.lower():
        named = {"service": service}
        report.add("INVALID_ARN_SERVICE_CASE", named, _field(path, text, 2))
        return False
    if reference.arn_formats(service):
        return True
    if service not in reference.services() and service not in retired_names.SERVICES:
        report.add("INVALID_SERVICE", {"service": service}, _field(path, text, 2))
    return False


def _check_region_and_account(draft: Draft, path: Path, text: str, parts: list[str]) -> None:
    report, service, resource = draft.report, parts[2], parts[5]
    if len(resource) > _LONGEST or not draft.afford(len(resource) * 100):
        return
    formats = reference.fitting_formats(service, resource)
    if not formats:
        if service in _KNOWN_WHOLLY and resource != "root":
            report.add("INVALID_ARN_RESOURCE", {}, _field(path, text, 5))
        return
    _check_region(draft, path, text, parts, formats)
    _check_account(draft, path, text, parts, formats)


def _check_region(
    draft: Draft, path: Path, text: str, parts: list[str], formats: Sequence[Sequence[str]]
) -> None:
    report, service, region = draft.report, parts[2], parts[3]
    wild = "*" in region or "?" in region
    if region and not any(each[3] for each in formats):
        if region != "*":
            report.add("ARN_REGION_NOT_ALLOWED", {"service": service}, _field(path, text, 3))
    elif region and not wild and not reference.is_region(region):
        report.add("INVALID_REGION", {"region": region}, _field(path, text, 3))
    elif not region and all(each[3] for each in formats):
        report.add("MISSING_ARN_REGION", {"service": service}, path)


def _check_account(
    draft: Draft, path: Path, text: str, parts: list[str], formats: Sequence[Sequence[str]]
) -> None:
    report, (_, _, service, _, account, resource) = draft.report, parts
    wild = "*" in account or "?" in account
    if account and not any(each[4] for each in formats):
        if account != "*":
            report.add("ARN_ACCOUNT_NOT_ALLOWED", {"service": service}, _field(path, text, 4))
    elif account and not wild and not _ACCOUNT.fullmatch(account):
        report.add("INVALID_ARN_ACCOUNT", {"account": account}, _field(path, text, 4))
    elif not account and all(each[4] for each in formats) and not _may_lack_account(service, resource):
        report.add("MISSING_ARN_ACCOUNT", {"service": service}, path)


def _may_lack_account(service: str, resource: str) -> bool:
    return service in _OF_NO_ACCOUNT or resource.startswith("*")
