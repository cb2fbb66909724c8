"""Service-linked roles: AWS sets their names, descriptions and policies, and only the service can change them.

Names, policies and descriptions are from each service's page ("Using service-linked roles for …").
https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.messages import email_role
from labs_helpers.cloud.services.cognito_idp.state import UserPools
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import find_role, invalid_input, no_such_entity, role_members
from labs_helpers.cloud.services.organizations.state import ALL, Organizations
from labs_helpers.engine.reference.service_principals import is_service_principal

_TASK = re.compile(r"task/aws-service-role/[^/]+/([^/]+)/[0-9a-f-]{36}")


class Linked(NamedTuple):
    """AWS's settings of a service-linked role: the end of its name, its policy, its description."""

    name: str
    policy: str
    description: str = ""
    suffix: bool = False
    """True if the service allows a custom suffix."""


_ROLES = {
    "access-analyzer": Linked("AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
    "acm": Linked("CertificateManager", "CertificateManagerServiceRolePolicy"),
    "appsync": Linked("AppSync", "AWSAppSyncServiceRolePolicy"),
    "autoscaling": Linked(
        "AutoScaling", "AutoScalingServiceRolePolicy",
        "Default Service-Linked Role enables access to AWS Services and Resources used or managed by Auto Scaling",
        suffix=True,
    ),
    "backup": Linked("Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    "batch": Linked("Batch", "BatchServiceRolePolicy"),
    "cks.kms": Linked(
        "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"
    ),
    "cloudhsm": Linked("CloudHSM", "CloudHSMServiceRolePolicy"),
    "cloudtrail": Linked("CloudTrail", "CloudTrailServiceRolePolicy"),
    "cognito-idp": Linked("AmazonCognitoIdp", "AmazonCognitoIdpServiceRolePolicy"),
    "config": Linked("Config", "AWSConfigServiceRolePolicy"),
    "connect": Linked("AmazonConnect", "AmazonConnectServiceLinkedRolePolicy", suffix=True),
    "custom-resource.application-autoscaling": Linked(
        "ApplicationAutoScaling_CustomResource", "AWSApplicationAutoScalingCustomResourcePolicy"
    ),
    "dax": Linked("DAX", "DAXServiceRolePolicy"),
    "dynamodb.application-autoscaling": Linked(
        "ApplicationAutoScaling_DynamoDBTable", "AWSApplicationAutoscalingDynamoDBTablePolicy"
    ),
    "ec2fleet": Linked("EC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    "ecs": Linked(
        "ECS", "AmazonECSServiceRolePolicy", "Role to enable Amazon ECS to manage your cluster."
    ),
    "ecs.application-autoscaling": Linked(
        "ApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy"
    ),
    "eks": Linked(
        "AmazonEKS", "AmazonEKSServiceRolePolicy", "Allows Amazon EKS to call AWS services on your behalf."
    ),
    "eks-fargate": Linked("AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
    "eks-nodegroup": Linked(
        "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup",
        "This policy allows Amazon EKS to create and manage Nodegroups",
    ),
    "elasticache": Linked(
        "ElastiCache", "ElastiCacheServiceRolePolicy",
        "This policy allows ElastiCache to manage AWS resources on your behalf as necessary for managing your cache.",
    ),
    "elasticbeanstalk": Linked("ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    "elasticfilesystem": Linked("AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
    "elasticloadbalancing": Linked(
        "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy",
        "Allows ELB to call AWS services on your behalf.",
    ),
    "elasticmapreduce": Linked("EMRCleanup", "AmazonEMRCleanupPolicy"),
    "email.cognito-idp": Linked("AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"),
    "es": Linked("AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"),
    "fms": Linked("FMS", "FMSServiceRolePolicy"),
    "fsx": Linked("AmazonFSx", "AmazonFSxServiceRolePolicy"),
    "globalaccelerator": Linked("GlobalAccelerator", "AWSGlobalAcceleratorSLRPolicy"),
    "guardduty": Linked(
        "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy",
        "A service-linked role required for Amazon GuardDuty to access your resources. ",
    ),
    "inspector": Linked("AmazonInspector", "AmazonInspectorServiceRolePolicy"),
    "inspector2": Linked("AmazonInspector2", "AmazonInspector2ServiceRolePolicy"),
    "kafka": Linked("Kafka", "KafkaServiceRolePolicy"),
    "lakeformation": Linked("LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"),
    "lambda": Linked("Lambda", "AWSLambdaServiceRolePolicy"),
    "lexv2": Linked("LexV2Bots", "AmazonLexV2BotPolicy", suffix=True),
    "macie": Linked("AmazonMacie", "AmazonMacieServiceRolePolicy"),
    "malware-protection.guardduty": Linked(
        "AmazonGuardDutyMalwareProtection", "AmazonGuardDutyMalwareProtectionServiceRolePolicy"
    ),
    "mrk.kms": Linked(
        "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
    ),
    "network-firewall": Linked("NetworkFirewall", "AWSNetworkFirewallServiceRolePolicy"),
    "opensearchservice": Linked("AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    "ops.apigateway": Linked("APIGateway", "APIGatewayServiceRolePolicy"),
    "organizations": Linked(
        "Organizations", "AWSOrganizationsServiceTrustPolicy",
        "Service-linked role used by AWS Organizations to enable integration of other AWS services with "
        "Organizations.",
    ),
    "profile": Linked("ProfileService", "CustomerProfilesServiceLinkedRolePolicy", suffix=True),
    "ram": Linked("ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"),
    "rds": Linked(
        "RDS", "AmazonRDSServiceRolePolicy", "Allows Amazon RDS to manage AWS resources on your behalf"
    ),
    "redshift": Linked("Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    "replication.dynamodb": Linked("DynamoDBReplication", "DynamoDBReplicationServiceRolePolicy"),
    "replicator.lambda": Linked("LambdaReplicator", "AWSLambdaReplicator"),
    "route53resolver": Linked("Route53Resolver", "Route53ResolverServiceRolePolicy"),
    "securityhub": Linked(
        "SecurityHub", "AWSSecurityHubServiceRolePolicy",
        "A service-linked role required for AWS Security Hub to access your resources.",
    ),
    "servicequotas": Linked("ServiceQuotas", "ServiceQuotasServiceRolePolicy"),
    "shield": Linked("AWSShield", "AWSShieldServiceRolePolicy"),
    "spot": Linked("EC2Spot", "AWSEC2SpotServiceRolePolicy", "Default EC2 Spot Service Linked Role"),
    "spotfleet": Linked(
        "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy", "Default EC2 Spot Fleet Service Linked Role"
    ),
    "ssm": Linked(
        "AmazonSSM", "AmazonSSMServiceRolePolicy",
        "Provides access to AWS Resources managed or used by Amazon SSM.",
    ),
    "sso": Linked(
        "SSO", "AWSSSOServiceRolePolicy",
        "Service-linked role used by AWS SSO to manage AWS resources, including IAM roles, policies and SAML IdP on "
        "your behalf.",
    ),
    "storage-lens.s3": Linked("S3StorageLens", "S3StorageLensServiceRolePolicy"),
    "support": Linked(
        "Support", "AWSSupportServiceRolePolicy",
        "Enables resource access for AWS to provide billing, administrative and support services",
    ),
    "transitgateway": Linked("VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"),
    "trustedadvisor": Linked(
        "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy",
        "Access for the AWS Trusted Advisor Service to help reduce cost, increase performance, and improve security "
        "of your AWS environment.",
    ),
    "wafv2": Linked("WAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
}  # fmt: skip
"""Roles by service principal, without .amazonaws.com."""


def role_name(service: str, suffix: str | None) -> str:
    """Return the name of a service's linked role, `AWSServiceRoleFor*` for a service that is not known here."""
    linked = _ROLES.get(service.removesuffix(".amazonaws.com"))
    return f"AWSServiceRoleFor{linked.name if linked else '*'}" + (f"_{suffix}" if suffix else "")


@operation("iam", "CreateServiceLinkedRole")
def create_service_linked_role(call: Call) -> dict[str, Any]:
    """Create a service's linked role with AWS's policy, and refuse a name that is taken or an unsupported suffix.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
    """
    service, suffix = call.parameters["AWSServiceName"], call.parameters.get("CustomSuffix")
    linked = _linked(service)
    if suffix and not linked.suffix:
        raise invalid_input(f"Custom suffix is not allowed for {service}")
    name = role_name(service, suffix)
    if moto_iam.find_role(call.account, name) is not None:
        raise invalid_input(
            f"Service role name {name} has been taken in this account, please try a different suffix."
        )
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    role = moto_iam.add_role(
        call.account, name, json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path=f"/aws-service-role/{service}/", role_id=call.state.ids.unique_id("AROA"), created=call.time,
        description=call.parameters.get("Description") or linked.description, linked_service=service,
    )  # fmt: skip
    arn = f"arn:aws:iam::aws:policy/aws-service-role/{linked.policy}"
    moto_iam.backend(call.account).managed_policies[arn].attach_to(role)
    return {"Role": role_members(role, created=True)}


def _linked(service: str) -> Linked:
    """Return a service's role. Raise InvalidInput for a wrong service principal, NotModelled for an unknown role."""
    linked = _ROLES.get(service.removesuffix(".amazonaws.com"))
    if linked is not None and service.endswith(".amazonaws.com"):
        return linked
    if not is_service_principal(service):
        raise invalid_input(f"{service} is not the principal of a service that has service-linked roles.")
    raise NotModelled(
        f"the service-linked role of {service} is not known here; see labs_helpers/cloud/services/iam/"
        "service_linked_roles.py"
    )


@operation("iam", "DeleteServiceLinkedRole")
def delete_service_linked_role(call: Call) -> dict[str, Any]:
    """Delete a service-linked role at once, and return the ID of the deletion task.

    The task fails, instead of the call, if the service still needs its role.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
    """
    role = find_role(call)
    if not role._linked_service:
        raise no_such_entity(f"The service-linked role with name {role.name} cannot be found.")
    held = _held(call, role._linked_service)
    if held is None:
        for policy in list(role.managed_policies.values()):
            policy.detach_from(role)
        moto_iam.remove_role(call.account, role)
    task = f"task/aws-service-role/{role._linked_service}/{role.name}/{call.state.ids.uuid()}"
    call.state.part(DeletionTasks).done[call.account, task] = held
    return {"DeletionTaskId": task}


def _held(call: Call, service: str) -> str | None:
    """Return the service's reason to keep its role, None if it does not need the role."""
    holds = _HOLDING.get(service)
    return holds(call) if holds is not None else None


def _held_by_organization(call: Call) -> str | None:
    """Return a reason if Organizations needs its role: it does in every account once all features are enabled.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html#orgs_integrate_services-using_slrs
    """
    organization = call.state.part(Organizations).of(call.account)
    if organization is None or organization.feature_set != ALL:
        return None
    return "The account is in an organization that has all features enabled, which needs the role."


def _held_by_user_pools(call: Call) -> str | None:
    """Return a reason if Cognito needs its email role: it does while a user pool of the account sends with SES.

    https://docs.aws.amazon.com/cognito/latest/developerguide/using-service-linked-roles.html#delete-slr
    """
    pools = call.state.part(UserPools).pools.values()
    using = [pool.id for pool in pools if pool.account == call.account and email_role.needs(pool.settings)]
    return f"User pools send with Amazon SES by the role: {', '.join(using)}." if using else None


_HOLDING: Mapping[str, Callable[[Call], str | None]] = {
    "organizations.amazonaws.com": _held_by_organization,
    email_role.SERVICE: _held_by_user_pools,
}


class DeletionTasks:
    """The deletions of service-linked roles by (account, task ID): None for success, else the reason of the failure."""

    def __init__(self) -> None:
        self.done: dict[tuple[str, str], str | None] = {}


@operation("iam", "GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(call: Call) -> dict[str, Any]:
    """Return SUCCEEDED, or FAILED with the reason, for a deletion task. Raise NoSuchEntity for an unknown task.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
    """
    task = call.parameters["DeletionTaskId"]
    if not _TASK.fullmatch(task):
        raise invalid_input(f"The deletion task id {task} is not valid.")
    if (call.account, task) not in call.state.part(DeletionTasks).done:
        raise no_such_entity(f"The deletion task {task} cannot be found.")
    failed = call.state.part(DeletionTasks).done[call.account, task]
    if failed is not None:
        return {"Status": "FAILED", "Reason": {"Reason": failed}}
    return {"Status": "SUCCEEDED"}
