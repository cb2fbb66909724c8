"""Enabling and disabling Regions for an account.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.account.access import target
from labs_helpers.cloud.services.account.errors import conflict, wrong_field, wrong_region
from labs_helpers.cloud.services.account.state import ENABLED_BY_DEFAULT, Regions, region_names
from labs_helpers.cloud.services.shared.paging import Pages

_PAGES = Pages(lambda _: wrong_field("nextToken", "The token is not valid."), most=50)


def _status(call: Call, region: str) -> str:
    return call.state.part(Regions).status(target(call), region, call.time)


def _region_output(call: Call, region: str) -> dict[str, str]:
    return {"RegionName": region, "RegionOptStatus": _status(call, region)}


@operation("account", "EnableRegion")
def enable_region(call: Call) -> Mapping[str, Any]:
    """Enable a Region. Its status is ENABLING for a while.

    Raises ConflictException while the status is DISABLING.
    """
    _switch(call, on=True)
    return {}


@operation("account", "DisableRegion")
def disable_region(call: Call) -> Mapping[str, Any]:
    """Disable a Region, so that the account's credentials stop working in it.

    Raises ConflictException while the Region's status is ENABLING.
    """
    _switch(call, on=False)
    return {}


def _switch(call: Call, *, on: bool) -> None:
    region, word = call.parameters["RegionName"], "enabled" if on else "disabled"
    if region in ENABLED_BY_DEFAULT:
        raise wrong_region(f"The Region {region} is enabled by default and can't be {word}.")
    if region not in region_names():
        raise wrong_region(f"The Region {region} does not exist.")
    status = _status(call, region)
    if status == ("DISABLING" if on else "ENABLING"):
        raise conflict(f"The Region can't be {word} while its status is {status}.")
    if status not in (("ENABLED", "ENABLING") if on else ("DISABLED", "DISABLING")):
        call.state.part(Regions).switch(target(call), region, on, call.time)


@operation("account", "GetRegionOptStatus")
def get_region_opt_status(call: Call) -> Mapping[str, Any]:
    """Return a Region's status for the account."""
    region = call.parameters["RegionName"]
    if region not in region_names():
        raise wrong_field("regionName", f"The Region {region} does not exist.")
    return _region_output(call, region)


@operation("account", "ListRegions")
def list_regions(call: Call) -> Mapping[str, Any]:
    """List all Regions, or only Regions with one of the given statuses."""
    statuses = call.parameters.get("RegionOptStatusContains")
    regions = [each for each in (_region_output(call, region) for region in region_names())
             if not statuses or each["RegionOptStatus"] in statuses]  # fmt: skip
    return _PAGES.page(call, "Regions", regions)
