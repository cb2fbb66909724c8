"""The service principals of AWS services, as used in policies: `lambda.amazonaws.com`.

AWS doesn't publish a list of service principals. Most match the prefix of the service's actions. The others were
collected in November 2026 from AWS's publications: the endpoints in botocore's models, AWS's managed policies
(iam:PassedToService, iam:AWSServiceName, the paths of service-linked roles), the CDK's documentation, and the trust
policies and lists of service principals in AWS's user guides. The names are facts, which aren't protected by copyright.

AWS rejects a policy that names a nonexistent service. The check in this module is lenient, because it must not reject
an existing service. Names are case-sensitive.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

from __future__ import annotations

import re
from functools import cache

from labs_helpers.engine.reference.authorization import close_to, is_region
from labs_helpers.engine.reference.iamdata_files import service_names, services
from labs_helpers.engine.reference.retired_names import SERVICES as RETIRED

_OTHERS = (
    "abuse account-access-runtime agent-discovery agent-registry-control agreement-marketplace airflow-env "
    "amazonmq apiportal appconfigdata application-cost-profiler application-insights appstream2 automation "
    "aws-artifact-account-sync aws-mcp awsssoportal bedrock-agent bedrock-agent-runtime "
    "bedrock-agentcore-control bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime "
    "billing-cost-management billingconsole billingreports capacity-reservation-fleet cassandra-streams "
    "clientvpn clientvpn-connections cloudcontrolapi cloudhsmv2 cloudsearchdomain cloudwatch-crossaccount "
    "cloudwatch-omni codecatalyst-runner cognito-identity-us-gov config-conforms config-multiaccountsetup "
    "console contact-lens costalerts data-signer deployment-marketplace diode discovery-datasync "
    "discovery-marketplace "
    "dms-fleet-advisor dnssec-route53 docdb ec ec2-images ec2fastlaunch ec2fleet ec2scheduled ec2sqlha "
    "ecs-compute ecs-tasks edgelambda eks-connector eks-fargate eks-fargate-pods eks-nodegroup "
    "elasticache-snapshot elasticbeanstalk-health email emrwal eventsv2 fargate forecastquery galaxy "
    "git-codecommit iam-toolbox identity-chime iot-jobs-data iotdata iotsecuredtunneling iotthingsgraph "
    "ipam ivsrealtime jellyfish lexv2 macie mail-manager managedservices marketplace-deployment "
    "marketplace-mcp media-pipelines-chime meetings-chime memory-db messaging-chime metering-marketplace "
    "metrics-sagemaker migrationhub migrationhub-config models-v2-lex monitoring mturk-requester neptune "
    "oidc openid-license-manager opensearchservice osis-pipelines osm partnercentral-account "
    "partnercentral-benefits partnercentral-channel partnercentral-marketing partnercentral-prm "
    "partnercentral-selling personalize-events personalize-runtime pinpoint purchaseorders rds-preview "
    "rdsdata reporting-marketplace runtime-v2-lex s2svpn s3-control sagemaker-ground-truth-plus sdmp "
    "securityhubv2 servicecatalog-appregistry spot spotfleet tagging transcribestreaming transitgateway tts "
    "user-attribute-cost-allocation-data vmie voice-chime vpc-flow-logs appstudio-service ec2-nat-gateway"
)
"""Services whose principal differs from their actions' prefix, without `.amazonaws.com`."""
_PARTS_OF_SERVICES = (
    "access-grants.s3 accountdiscovery.ssm agent.wellarchitected agentless.inspector2 "
    "aiops.alarms.cloudwatch ami.inspector2 apidestinations.events application-signals.cloudwatch "
    "application.opensearchservice appstream.application-autoscaling assets.marketplace batchoperations.s3 "
    "build.apprunner capabilities.eks cassandra.application-autoscaling catalog.marketplace channels.lex "
    "channels.lexv2 cks.kms comprehend.application-autoscaling context.cloudtrail "
    "continuousexport.discovery contract.iq contributorinsights.dynamodb cost-optimization-hub.bcm "
    "credentials.deadline credentials.iot custom-resource.application-autoscaling custom.rds "
    "deployment.marketplace outposts.eks-local purchase-orders.marketplace split-cost-allocation-data.bcm "
    "custom.rds-preview dashboard.eks delivery.logs devices.iot1click directoryservice.rds "
    "directquery.opensearchservice dmsintegration.migrationhub drt.shield dynamodb.application-autoscaling "
    "ebs.csi.eks ec2.application-autoscaling ec2.application-status-checks ec2.capacitymanager "
    "ecs.application-autoscaling elasticache.application-autoscaling email.cognito-idp "
    "entitlement.marketplace env.airflow event-processor.health events.managedservices events.rds "
    "events.workmail export.rds exportv2.securityhub gateway.eks hooks.cloudformation ingress.eks "
    "job.sagemaker justintimeaccess.ssm kafka.application-autoscaling kinesisreplication.dynamodb "
    "lambda.alarms.cloudwatch lambda.application-autoscaling license-management.marketplace "
    "license-manager.master-account license-manager.member-account logdelivery.elasticloadbalancing "
    "logger.cloudfront logging.s3 maintenance.elasticbeanstalk maintenance.s3tables "
    "malware-protection-plan.guardduty malware-protection.guardduty managedupdates.elasticbeanstalk "
    "management.chatbot mediapipelines.chime meetings.chime member.org.stacksets.cloudformation "
    "messaging.chime metadata.s3 metering.marketplace metrics.wellarchitected migration.s3tables "
    "monitor.iotsitewise monitoring.rds monitoring.thinclient mrk.kms neptune.application-autoscaling "
    "network-connectors.lambda network.bedrock-agentcore networking.apprunner notifications.ssm "
    "observability.aoss ops.apigateway ops.athena ops.emr-serverless opsdatasync.ssm opsinsights.ssm "
    "orgsdatasync.servicecatalog permission.iq pods.eks practice-run.arc-zonal-shift "
    "private-marketplace.marketplace procurement-insights.marketplace projects.iot1click "
    "pullthroughcache.ecr rds.application-autoscaling reachabilityanalyzer.networkinsights "
    "remediation.config replication.cassandra replication.dynamodb replication.ecr replication.lexv2 "
    "replication.s3tables replicator.lambda report.declarative-policies-ec2 reporting.trustedadvisor "
    "reports.backup repository.sync.codeconnections resale-authorization.marketplace "
    "resource-snapshot-job.partnercentral-selling resources.cloudformation restore-testing.backup "
    "runtime-identity.bedrock-agentcore runtime-instances.bedrock-agentcore s3.data-source.lustre.fsx "
    "sagemaker.application-autoscaling scaler.lambda scheduler.redshift schema-conversion.dms scraper.aps "
    "self-managed-vpce.osis service.eks sgp.eks sms-voice.pinpoint smsintegration.migrationhub "
    "ssm.integrations stacksets.cloudformation storage-lens.s3 streams.dynamodb streams.metrics.cloudwatch "
    "sync.proton tagpolicies.tag tasks.apprunner telemetry-enablement.observabilityadmin "
    "telemetry-pipelines.observabilityadmin thirdparty.config thirdparty.inspector2 "
    "topology.networkflowmonitor transcription.chime triage.security-ir voiceconnector.chime "
    "vpcorigin.cloudfront workspaces.application-autoscaling"
)
"""Parts of services with a separate principal, without `.amazonaws.com`."""
_WHOLE = frozenset(("alexa-appkit.amazon.com", "alexa-connectedhome.amazon.com"))
_NAME = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.(?:amazonaws\.com|amazonaws\.com\.cn|aws\.internal)")
_SUFFIX = ".amazonaws.com"


def is_service_principal(name: str) -> bool:
    """Return whether a name is a service principal.

    In opt-in Regions, and for Regional services, the Region is part of the name. A name with an additional prefix, such
    as `part.service.amazonaws.com`, is accepted if the service exists.
    """
    form = _NAME.fullmatch(name)
    if form is None:
        return name in _WHOLE
    labels = [label for label in form[1].split(".") if not is_region(label)]
    return any(".".join(labels[start:]) in _known() for start in range(len(labels)))


def similar_service_principal(name: str) -> str | None:
    """Return the service principal that was probably meant: `lambda.amazonaws.com` for `lamda.amazonaws.com`."""
    written = re.split(r"\.(?:amazonaws|amazon|aws)\b", name.strip().lower())[0]
    asked = ".".join(label for label in written.split(".") if not is_region(label))
    joined = asked.replace("-", "")
    meant = next((each for each in (asked, joined) if each in _known()), None) or _prefix_of_title(joined)
    meant = meant or close_to(asked, sorted(_known()))
    return f"{meant}{_SUFFIX}" if meant else None


def _prefix_of_title(asked: str) -> str | None:
    """Return the prefix of the service with this name (`stepfunctions`) or these initials (`efs`), or None."""
    for prefix, title in sorted(service_names().items()):
        words = [word for word in title.lower().split() if word not in ("aws", "amazon", "v2")]
        if asked in ("".join(words), "".join(word[0] for word in words)):
            return prefix
    return None


@cache
def _known() -> frozenset[str]:
    return services() | RETIRED | frozenset(_OTHERS.split()) | frozenset(_PARTS_OF_SERVICES.split())
