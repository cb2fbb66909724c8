"""DescribeRegions, which returns each Region's opt-in status from Account Management.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.account.state import ENABLED_BY_DEFAULT, Regions, region_names
from labs_helpers.cloud.services.ec2.errors import invalid_value
from labs_helpers.engine.policy.patterns import matcher

_FILTERS = {"endpoint": "Endpoint", "opt-in-status": "OptInStatus", "region-name": "RegionName"}


@operation("ec2", "DescribeRegions")
def describe_regions(call: Call) -> Mapping[str, Any]:
    """Return the Regions that are enabled for the account, or all Regions if AllRegions is true."""
    given, wanted = call.parameters, call.parameters.get("RegionNames") or region_names()
    unknown = next((name for name in wanted if name not in region_names()), None)
    if unknown is not None:
        raise invalid_value(f"Invalid region provided: {unknown}")
    regions = [_region(call, name) for name in sorted(set(wanted))]
    if not given.get("AllRegions"):
        regions = [each for each in regions if each["OptInStatus"] != "not-opted-in"]
    for rule in given.get("Filters") or []:
        regions = [each for each in regions if _matches_filter(each, rule)]
    return {"Regions": regions}


def _region(call: Call, name: str) -> dict[str, str]:
    status = call.state.part(Regions).status(call.account, name, call.time)
    opted = "opted-in" if status.startswith("ENABLED") else "not-opted-in"
    shown = "opt-in-not-required" if name in ENABLED_BY_DEFAULT else opted
    return {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": shown}


def _matches_filter(region: Mapping[str, str], rule: Mapping[str, Any]) -> bool:
    """Return whether a Region matches one of a filter's values, which can contain the wildcards `*` and `?`."""
    member = _FILTERS.get(rule["Name"])
    if member is None:
        raise invalid_value(f"The filter '{rule['Name']}' is invalid")
    return any(matcher(value).fullmatch(region[member]) for value in rule.get("Values") or [])
