"""Operations that the table authorizes, but that neither moto nor this project performs."""

from __future__ import annotations

from typing import NoReturn

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation

NAMES = """
    BundleInstance CancelBundleTask CancelReservedInstancesListing CreateReservedInstancesListing
    CreateSpotDatafeedSubscription DeleteSpotDatafeedSubscription DescribeBundleTasks DescribeReservedInstances
    DescribeReservedInstancesListings DescribeSpotDatafeedSubscription DescribeVolumeAttribute DescribeVolumeStatus
    EnableVolumeIO ModifyVolumeAttribute MonitorInstances PurchaseReservedInstancesOffering ResetImageAttribute
    ResetNetworkInterfaceAttribute ResetSnapshotAttribute UnmonitorInstances
    """


@operation("ec2", *NAMES.split())
def refuse(call: Call) -> NoReturn:
    """Raise an error that names the operation. moto's method for the operation only raises an exception."""
    raise NotModelled(f"ec2:{call.operation} isn't modeled")
