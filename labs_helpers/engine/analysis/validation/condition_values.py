"""Checks that condition values fit their operators: booleans, numbers, dates, addresses, binary values, strings.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from labs_helpers.engine.analysis.networks import is_within
from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import Draft

_FAMILIES = (
    ("String", "String"), ("Arn", "ARN"), ("Bool", "Bool"), ("Date", "Date"), ("Numeric", "Numeric"),
    ("IpAddress", "IPAddress"), ("NotIpAddress", "IPAddress"), ("Binary", "Binary"),
)  # fmt: skip
_OF_SERVICES = frozenset(("iam:awsservicename", "iam:passedtoservice"))
"""Keys whose value is a service principal."""
_SERVICE = re.compile(
    r"[A-Za-z0-9*?.-]+\.(amazonaws\.com(\.cn|\*)?|aws\.internal|amazon\.com|aws\.com|\*)|[^.]*\*"
)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:]{5,8}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?")
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7"))
)
_PREFIXED = {
    "aws:sourcevpc": ("INVALID_VPC_FORMAT", "vpc-"),
    "aws:sourcevpce": ("INVALID_VPCE_FORMAT", "vpce-"),
}

Item = tuple[Path, Any]
Text = tuple[Path, str]


class Operator(NamedTuple):
    """An operator's name, such as `ForAnyValue:StringEqualsIfExists`, split into parts."""

    qualifier: str
    name: str
    if_exists: bool

    @property
    def family(self) -> str:
        """The type of values that the operator compares, or "" for Null and unknown operators."""
        return next((kind for start, kind in _FAMILIES if self.name.startswith(start)), "")


def check_values(draft: Draft, path: Path, operator: Operator, key: str, values: list[Item]) -> None:
    """Report values that the operator can't compare or compares in a way that the author probably didn't intend."""
    family = "Bool" if operator.name == "Null" else operator.family
    texts = [(place, str(item).lower() if isinstance(item, bool) else str(item)) for place, item in values]
    plain = [(place, text) for place, text in texts if "${" not in text]
    check = _CHECKS.get(family)
    if check is not None:
        check(draft, path, operator, key, plain)
    if key.lower() in _OF_SERVICES and operator.name != "Null":
        _check_service_principals(draft, plain)


def _check_service_principals(draft: Draft, values: list[Text]) -> None:
    for place, text in values:
        if not _SERVICE.fullmatch(text):
            format_ = {"format": "service-name.amazonaws.com"}
            draft.report.add("INVALID_SERVICE_PRINCIPAL_FORMAT", format_, place)


def _check_booleans(draft: Draft, path: Path, operator: Operator, key: str, values: list[Text]) -> None:
    valid = {text.lower() for _, text in values} & {"true", "false"}
    for place, text in values:
        if text.lower() not in ("true", "false"):
            draft.report.add("TYPE_MISMATCH_BOOLEAN", {"operator": operator.name}, place)
    if len(valid) > 1:
        details = "A condition on both true and false matches every value; use one of them."
        draft.report.add("INVALID_CONDITION_MULTIPLE_BOOLEAN", details, path)


def _check_numbers(draft: Draft, path: Path, operator: Operator, key: str, values: list[Text]) -> None:
    for place, text in values:
        if not _NUMBER.fullmatch(text):
            draft.report.add("TYPE_MISMATCH_NUMBER", {"operator": operator.name}, place)
    if len(values) > 1 and ("LessThan" in operator.name or "GreaterThan" in operator.name):
        extreme = "greatest" if "LessThan" in operator.name else "least"
        details = {"operator": operator.name, "extreme": extreme, "key": path[-1]}
        draft.report.add("REDUNDANT_CONDITION_VALUE_NUM", details, path)


def _check_dates(draft: Draft, path: Path, operator: Operator, key: str, values: list[Text]) -> None:
    for place, text in values:
        if _NUMBER.fullmatch(text) and not re.fullmatch("[0-9]{4}", text):
            details = {"date": text}
            draft.report.add("INVALID_DATE_VALUE", details, place)
        elif not _is_date(text):
            draft.report.add(
                "TYPE_MISMATCH_DATE",
                "A date must have a form such as 2026-11-24 or 2026-11-24T09:00:00Z.",
                place,
            )


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    except ValueError:
        return False
    return True


def _check_addresses(draft: Draft, path: Path, operator: Operator, key: str, values: list[Text]) -> None:
    private: list[Path] = []
    for place, text in values:
        network = _network(text) if text.isascii() and len(text) < 60 else None
        if network is None:
            details = {"operator": operator.name}
            draft.report.add("TYPE_MISMATCH_IP_RANGE", details, place)
            continue
        if "/" in text and str(network.network_address) != _normal(text):
            details = {"range": str(network)}
            draft.report.add("IMPROVE_IP_RANGE", details, place)
        if any(is_within(network, each) for each in _PRIVATE):
            private.append(place)
    if private and key.lower() == "aws:sourceip":
        _report_private(draft, operator, private, len(private) == len(values))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _normal(text: str) -> str:
    return str(ipaddress.ip_address(text.partition("/")[0]))


def _report_private(draft: Draft, operator: Operator, places: list[Path], only: bool) -> None:
    code = "PRIVATE_NOT_IP_ADDRESS" if operator.name == "NotIpAddress" else "PRIVATE_IP_ADDRESS"
    details = "aws:SourceIp is always a public address; for private addresses, use aws:VpcSourceIp."
    draft.report.add(code if only else f"{code}_SUBSET", details, *places)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _check_binaries(draft: Draft, path: Path, operator: Operator, key: str, values: list[Text]) -> None:
    for place, text in values:
        if not _is_base64(text):
            draft.report.add("TYPE_MISMATCH_STRING", {"operator": operator.name}, place)


def _check_texts(draft: Draft, path: Path, operator: Operator, key: str, values: list[Text]) -> None:
    prefixed = _PREFIXED.get(key.lower())
    for place, text in values:
        if "Like" not in operator.name and ("*" in text or "?" in text):
            details = f"{operator.name} compares * and ? literally; StringLike treats them as wildcards."
            draft.report.add("WILDCARD_WITHOUT_LIKE_OPERATOR", details, place)
        elif prefixed and not text.startswith((prefixed[1], "*")):
            draft.report.add(prefixed[0], f'The ID must begin with "{prefixed[1]}".', place)


_CHECKS: dict[str, Callable[[Draft, Path, Operator, str, list[Text]], None]] = {
    "Bool": _check_booleans,
    "Numeric": _check_numbers,
    "Date": _check_dates,
    "IPAddress": _check_addresses,
    "Binary": _check_binaries,
    "String": _check_texts,
}
