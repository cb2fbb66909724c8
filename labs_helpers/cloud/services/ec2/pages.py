"""Pagination for EC2's lists. moto returns most of them without pages.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.ec2.errors import invalid_token, invalid_value
from labs_helpers.cloud.services.shared.moto_pages import page_of_moto
from labs_helpers.cloud.services.shared.paging import Pages


def _wrong_size(given: int, most: int) -> ServiceError:
    bound = f"greater than {_LEAST - 1}" if given < _LEAST else f"less than {most + 1}"
    return invalid_value(f"Value ( {given} ) for parameter maxResults is invalid. Expecting a value {bound}.")


_LEAST = 1
PAGES = Pages(
    wrong_token=lambda _: invalid_token("The token is invalid"),
    most=1000,
    least=_LEAST,
    wrong_size=_wrong_size,
)
_LISTS = """
    DescribeAddressesAttribute DescribeCarrierGateways DescribeDhcpOptions DescribeEgressOnlyInternetGateways
    DescribeFleets DescribeFlowLogs DescribeHosts DescribeIamInstanceProfileAssociations DescribeImages
    DescribeInstanceCreditSpecifications DescribeInstanceStatus DescribeInstanceTypeOfferings DescribeInstances
    DescribeInternetGateways DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeManagedPrefixLists
    DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists
    DescribeReservedInstancesOfferings DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups
    DescribeSnapshotTierStatus DescribeSnapshots DescribeSpotFleetRequests DescribeSpotInstanceRequests
    DescribeSpotPriceHistory DescribeSubnets DescribeTags DescribeTrafficMirrorFilters DescribeTrafficMirrorSessions
    DescribeTrafficMirrorTargets DescribeTransitGatewayAttachments DescribeTransitGatewayPeeringAttachments
    DescribeTransitGatewayRouteTables DescribeTransitGatewayVpcAttachments DescribeTransitGateways
    DescribeVolumes DescribeVolumesModifications DescribeVpcClassicLinkDnsSupport
    DescribeVpcEndpointServiceConfigurations DescribeVpcEndpointServicePermissions DescribeVpcEndpointServices
    DescribeVpcEndpoints DescribeVpcPeeringConnections DescribeVpcs GetManagedPrefixListEntries
    GetSubnetCidrReservations GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations
    SearchTransitGatewayRoutes
    """


@operation("ec2", *_LISTS.split())
def list_in_pages(call: Call) -> Answer | Mapping[str, Any]:
    """Return one page of a list that moto returns in full."""
    return page_of_moto(call, PAGES)
