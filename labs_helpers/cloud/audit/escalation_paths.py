"""The known escalation paths: what each needs, how it works, and what stops it.

Each row has an ID (from https://pathfinding.cloud, Datadog's catalog of escalation paths, if the catalog has
the path), and the page that describes the path. A row's actions are sufficient if everything else that its kind
requires exists, such as a role that trusts the service.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Kind(StrEnum):
    """The effect of a path. The search has one method for each kind."""

    OWN = "changing a policy that applies to you"
    JOIN = "joining a group that grants administrator permissions"
    BOUNDARY = "removing or replacing your own permissions boundary"
    DENIAL = "removing a policy that denies you something"
    TAKE = "taking over another user or role"
    EMPOWER = "changing another identity's policies, and taking over that identity"
    PASS = "passing a role to a service that uses it to run code or call AWS"
    RUNNING = "changing or gaining access to something that already runs with a role"
    CENTER = "giving yourself access in IAM Identity Center"


STOPPED_BY = {
    Kind.OWN: "Don't let principals change policies that apply to them. For policy changes on other identities, "
    "require a permissions boundary.",
    Kind.JOIN: "Allow iam:AddUserToGroup only for groups that don't grant administrator permissions.",
    Kind.BOUNDARY: "If an identity has a boundary, don't let it change any boundary, or a policy that is used as one.",
    Kind.DENIAL: (
        "Put Deny statements in an SCP, or in a permissions boundary that the identity can't change or remove."
    ),
    Kind.TAKE: "Allow changes to credentials and trust policies only for identities with no more permissions than the "
    "caller.",
    Kind.EMPOWER: "Require a permissions boundary (iam:PermissionsBoundary) for policy changes on other identities.",
    Kind.PASS: "Limit iam:PassRole to the roles and services needed (Resource, iam:PassedToService).",
    Kind.RUNNING: "If others can change something that runs with a role, give the role few permissions, or don't let "
    "them change it.",
    Kind.CENTER: "Allow changes to permission sets and assignments only to the team that manages Identity Center.",
}
"""Kind → the sentence that describes what stops its paths."""


class Path(NamedTuple):
    """One escalation path. `service` is the service principal that the role must trust, for PASS and RUNNING."""

    id: str
    kind: Kind
    actions: tuple[str, ...]
    service: str = ""
    page: str = ""


_CATALOG = "https://pathfinding.cloud/paths/"
_PROPOSED = "https://github.com/DataDog/pathfinding.cloud/pull/29"
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
_IAM_API = "https://docs.aws.amazon.com/IAM/latest/APIReference/"

_OF_IAM = {
    Kind.OWN: """
        iam-001 iam:CreatePolicyVersion
        iam-005 iam:PutRolePolicy
        iam-007 iam:PutUserPolicy
        iam-008 iam:AttachUserPolicy
        iam-009 iam:AttachRolePolicy
        iam-010 iam:AttachGroupPolicy
        iam-011 iam:PutGroupPolicy
        own-version iam:SetDefaultPolicyVersion
    """,
    Kind.JOIN: """
        iam-013 iam:AddUserToGroup
    """,
    Kind.BOUNDARY: """
        iam-022 iam:DeleteUserPermissionsBoundary
        iam-023 iam:DeleteRolePermissionsBoundary
        iam-024 iam:PutUserPermissionsBoundary
        boundary-role iam:PutRolePermissionsBoundary
        boundary-policy iam:CreatePolicyVersion
        boundary-version iam:SetDefaultPolicyVersion
    """,
    Kind.DENIAL: """
        iam-025 iam:DetachUserPolicy
        iam-026 iam:DeleteUserPolicy
        denial-role-managed iam:DetachRolePolicy
        denial-role iam:DeleteRolePolicy
        denial-group-managed iam:DetachGroupPolicy
        denial-group iam:DeleteGroupPolicy
        denial-leave iam:RemoveUserFromGroup
    """,
    Kind.TAKE: """
        sts-001 sts:AssumeRole
        iam-002 iam:CreateAccessKey
        iam-003 iam:CreateAccessKey iam:DeleteAccessKey
        iam-004 iam:CreateLoginProfile
        iam-006 iam:UpdateLoginProfile
        iam-012 iam:UpdateAssumeRolePolicy
        saml-provider iam:UpdateSAMLProvider
    """,
    Kind.EMPOWER: """
        iam-014 iam:AttachRolePolicy sts:AssumeRole
        iam-015 iam:AttachUserPolicy iam:CreateAccessKey
        iam-016 iam:CreatePolicyVersion sts:AssumeRole
        iam-017 iam:PutRolePolicy sts:AssumeRole
        iam-018 iam:PutUserPolicy iam:CreateAccessKey
        iam-019 iam:AttachRolePolicy iam:UpdateAssumeRolePolicy
        iam-020 iam:CreatePolicyVersion iam:UpdateAssumeRolePolicy
        iam-021 iam:PutRolePolicy iam:UpdateAssumeRolePolicy
    """,
    Kind.CENTER: """
        sso-001 sso:CreatePermissionSet sso:AttachManagedPolicyToPermissionSet sso:CreateAccountAssignment
        sso-002 sso:AttachManagedPolicyToPermissionSet
        sso-003 sso:PutInlinePolicyToPermissionSet
        sso-assign sso:CreateAccountAssignment
        sso-boundary sso:DeletePermissionsBoundaryFromPermissionSet
        sso-group identitystore:CreateGroupMembership
        sso-customer sso:AttachCustomerManagedPolicyReferenceToPermissionSet iam:CreatePolicy
    """,
}
_PASSED = """
    lambda.amazonaws.com
        lambda-001 lambda:CreateFunction lambda:InvokeFunction
        lambda-002 lambda:CreateFunction lambda:CreateEventSourceMapping
        lambda-006 lambda:CreateFunction lambda:AddPermission
        lambda-url lambda:CreateFunction lambda:CreateFunctionUrlConfig
        lambda-role lambda:UpdateFunctionConfiguration lambda:UpdateFunctionCode
    ec2.amazonaws.com
        ec2-001 ec2:RunInstances
        ec2-003 ec2:RequestSpotInstances
        ec2-profile ec2:AssociateIamInstanceProfile
        ec2-replace ec2:ReplaceIamInstanceProfileAssociation
        ec2-fleet ec2:CreateLaunchTemplate ec2:CreateFleet
        autoscaling autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup
        autoscaling-update autoscaling:CreateLaunchConfiguration autoscaling:UpdateAutoScalingGroup
        batch-003 batch:CreateComputeEnvironment batch:CreateJobQueue batch:RegisterJobDefinition batch:SubmitJob
        emr-001 elasticmapreduce:RunJobFlow
        imagebuilder-001 imagebuilder:CreateComponent imagebuilder:CreateImageRecipe
            + imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage
        beanstalk elasticbeanstalk:CreateEnvironment
    ecs-tasks.amazonaws.com
        ecs-001 ecs:CreateCluster ecs:RegisterTaskDefinition ecs:CreateService
        ecs-002 ecs:CreateCluster ecs:RegisterTaskDefinition ecs:RunTask
        ecs-003 ecs:RegisterTaskDefinition ecs:CreateService
        ecs-004 ecs:RegisterTaskDefinition ecs:RunTask
        ecs-005 ecs:RegisterTaskDefinition ecs:StartTask
        ecs-007 ecs:StartTask ecs:RegisterContainerInstance
        ecs-008 ecs:RunTask
        ecs-009 ecs:StartTask
        ecs-service ecs:RegisterTaskDefinition ecs:UpdateService
        batch-001 batch:RegisterJobDefinition batch:SubmitJob
    glue.amazonaws.com
        glue-001 glue:CreateDevEndpoint
        glue-003 glue:CreateJob glue:StartJobRun
        glue-004 glue:CreateJob glue:CreateTrigger
        glue-005 glue:UpdateJob glue:StartJobRun
        glue-006 glue:UpdateJob glue:CreateTrigger
        glue-007 glue:CreateSession glue:RunStatement
    cloudformation.amazonaws.com
        cloudformation-001 cloudformation:CreateStack
        cloudformation-003 cloudformation:CreateStackSet cloudformation:CreateStackInstances
        cloudformation-004 cloudformation:UpdateStackSet
    codebuild.amazonaws.com
        codebuild-001 codebuild:CreateProject codebuild:StartBuild
        codebuild-004 codebuild:CreateProject codebuild:StartBuildBatch
        codebuild-update codebuild:UpdateProject codebuild:StartBuild
    sagemaker.amazonaws.com
        sagemaker-001 sagemaker:CreateNotebookInstance
        sagemaker-002 sagemaker:CreateTrainingJob
        sagemaker-003 sagemaker:CreateProcessingJob
        sagemaker-pipeline sagemaker:CreatePipeline sagemaker:StartPipelineExecution
        sagemaker-domain sagemaker:CreateUserProfile sagemaker:CreatePresignedDomainUrl
        sagemaker-endpoint sagemaker:CreateModel sagemaker:CreateEndpointConfig sagemaker:CreateEndpoint
    states.amazonaws.com
        stepfunctions-001 states:CreateStateMachine states:StartExecution
    tasks.apprunner.amazonaws.com
        apprunner-001 apprunner:CreateService
    bedrock-agentcore.amazonaws.com
        bedrock-001 bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession
            + bedrock-agentcore:InvokeCodeInterpreter
        bedrock-003 bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:CreateAgentRuntimeEndpoint
            + bedrock-agentcore:CreateWorkloadIdentity bedrock-agentcore:InvokeAgentRuntimeCommand
        bedrock-005 bedrock-agentcore:CreateHarness bedrock-agentcore:CreateAgentRuntime
            + bedrock-agentcore:CreateAgentRuntimeEndpoint bedrock-agentcore:CreateWorkloadIdentity
            + bedrock-agentcore:GetAgentRuntime bedrock-agentcore:GetHarness
            + bedrock-agentcore:InvokeAgentRuntimeCommand
        bedrock-006 bedrock-agentcore:CreateBrowser bedrock-agentcore:StartBrowserSession
            + bedrock-agentcore:ConnectBrowserAutomationStream
    datapipeline.amazonaws.com
        datapipeline-001 datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline
    braket.amazonaws.com
        braket-001 braket:CreateJob
    cognito-identity.amazonaws.com
        cognitoidentity-001 cognito-identity:SetIdentityPoolRoles
        cognito-group cognito-idp:CreateGroup cognito-idp:AdminAddUserToGroup
        cognito-group-role cognito-idp:UpdateGroup
    emr-serverless.amazonaws.com
        emrserverless-001 emr-serverless:CreateApplication emr-serverless:StartJobRun
    gamelift.amazonaws.com
        gamelift-001 gamelift:CreateBuild gamelift:CreateFleet gamelift:RequestUploadCredentials
    kinesisanalytics.amazonaws.com
        kinesisanalytics-001 kinesisanalytics:CreateApplication kinesisanalytics:StartApplication
    omics.amazonaws.com
        omics-001 omics:CreateWorkflow omics:StartRun
    scheduler.amazonaws.com
        scheduler-001 scheduler:CreateSchedule
    ssm.amazonaws.com
        ssm-003 ssm:CreateDocument ssm:StartAutomationExecution
        ssm-window ssm:RegisterTaskWithMaintenanceWindow
    amplify.amazonaws.com
        amplify-001 amplify:CreateApp amplify:CreateBranch amplify:StartJob
    events.amazonaws.com
        events-target events:PutRule events:PutTargets
    apigateway.amazonaws.com
        apigateway apigateway:PUT apigateway:POST
    athena.amazonaws.com
        athena athena:CreateWorkGroup athena:StartSession athena:StartCalculationExecution
    databrew.amazonaws.com
        databrew databrew:CreateRecipeJob databrew:StartJobRun
    airflow.amazonaws.com
        airflow airflow:CreateEnvironment
    codepipeline.amazonaws.com
        codepipeline codepipeline:CreatePipeline
    pods.eks.amazonaws.com
        eks-pods eks:CreatePodIdentityAssociation
    rolesanywhere.amazonaws.com
        rolesanywhere rolesanywhere:CreateTrustAnchor rolesanywhere:CreateProfile
"""
_RUNNING = """
    lambda.amazonaws.com
        lambda-003 lambda:UpdateFunctionCode
        lambda-004 lambda:UpdateFunctionCode lambda:InvokeFunction
        lambda-005 lambda:UpdateFunctionCode lambda:AddPermission
        lambda-configuration lambda:UpdateFunctionConfiguration
        lambda-image ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage
    ec2.amazonaws.com
        ssm-001 ssm:StartSession
        ssm-002 ssm:SendCommand
        ssm-association ssm:CreateAssociation
        ec2instanceconnect-003 ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances
        ec2-connect ec2-instance-connect:SendSSHPublicKey
        ec2-serial ec2-instance-connect:SendSerialConsoleSSHPublicKey
        ec2-002 ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances
        ec2-004 ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate
        codedeploy-001 codedeploy:CreateDeployment codedeploy:RegisterApplicationRevision
            + codedeploy:GetDeploymentConfig
    ecs-tasks.amazonaws.com
        ecs-006 ecs:ExecuteCommand ecs:DescribeTasks
        batch-002 batch:SubmitJob
        ecs-image ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage
    glue.amazonaws.com
        glue-002 glue:UpdateDevEndpoint
        glue-statement glue:RunStatement
    cloudformation.amazonaws.com
        cloudformation-002 cloudformation:UpdateStack
        cloudformation-005 cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet
    codebuild.amazonaws.com
        codebuild-002 codebuild:StartBuild
        codebuild-003 codebuild:StartBuildBatch
        codebuild-project codebuild:UpdateProject
    sagemaker.amazonaws.com
        sagemaker-004 sagemaker:CreatePresignedNotebookInstanceUrl
        sagemaker-005 sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance
            + sagemaker:UpdateNotebookInstance sagemaker:StartNotebookInstance
        sagemaker-lifecycle sagemaker:UpdateNotebookInstanceLifecycleConfig
        sagemaker-url sagemaker:CreatePresignedDomainUrl
    states.amazonaws.com
        stepfunctions-002 states:UpdateStateMachine states:StartExecution
    tasks.apprunner.amazonaws.com
        apprunner-002 apprunner:UpdateService
        apprunner-image ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage
    bedrock-agentcore.amazonaws.com
        bedrock-002 bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter
        bedrock-004 bedrock-agentcore:InvokeAgentRuntimeCommand
        bedrock-007 bedrock-agentcore:StartBrowserSession bedrock-agentcore:ConnectBrowserAutomationStream
    codepipeline.amazonaws.com
        codepipeline-update codepipeline:UpdatePipeline codepipeline:StartPipelineExecution
    rolesanywhere.amazonaws.com
        rolesanywhere-anchor rolesanywhere:UpdateTrustAnchor
    scheduler.amazonaws.com
        scheduler-update scheduler:UpdateSchedule
"""
_PASS_ROLE = "iam:PassRole"
NOT_LOOKED_FOR = {
    "the code of a function, job, stack, or build in an S3 bucket (s3:PutObject)":
        "The files don't show which objects are code.",
    "keys and passwords in secrets, parameters, code, environment variables, and user data":
        "The files don't contain them.",
    "an OpenID Connect provider's client IDs and thumbprints (iam:AddClientIDToOpenIDConnectProvider)":
        "The provider determines whether the attacker gets a token.",
    "MFA devices and service-specific credentials of other users (iam:DeactivateMFADevice)":
        "Without a password or an access key, turning off MFA gives no access, and service-specific credentials work "
        "only with a few services, such as CodeCommit and Amazon Keyspaces.",
    "sts:AssumeRoot from the management account": "Its sessions are limited to five task policies.",
    "Kubernetes permissions in EKS clusters (eks:CreateAccessEntry, pods' service accounts)":
        "The files don't contain the clusters' roles.",
    "AWS IoT role aliases, AppSync and DMS endpoints, Greengrass components, MSK connectors":
        "What an attacker can do with the role of such a resource depends on the service and on the resource.",
    "accounts outside the files": "Their users and roles aren't in the files.",
}  # fmt: skip
"""Escalation methods that the search doesn't look for → the reason."""


def _rows(text: str) -> list[list[str]]:
    """Return a table's lines as words; a line that begins with + continues the previous line."""
    rows: list[list[str]] = []
    for line in text.strip().splitlines():
        words = line.split()
        if words[0] == "+":
            rows[-1] += words[1:]
        else:
            rows.append(words)
    return rows


def _page(id: str, actions: list[str]) -> str:
    if id in ("iam-022", "iam-023", "iam-024", "iam-025", "iam-026", "sso-001", "sso-002", "sso-003"):
        return _PROPOSED
    if id[-4:-3] == "-" and id[-3:].isdigit():
        return _CATALOG + id
    prefix, _, operation = actions[-1].partition(":")
    return f"{_IAM_API}API_{operation}.html" if prefix == "iam" else _REFERENCE


def _of_iam() -> list[Path]:
    return [
        Path(id, kind, tuple(actions), page=_page(id, actions))
        for kind, text in _OF_IAM.items()
        for id, *actions in _rows(text)
    ]


def _of_services(kind: Kind, text: str) -> list[Path]:
    paths, service = [], ""
    for first, *actions in _rows(text):
        if not actions:
            service = first
            continue
        needed = (_PASS_ROLE, *actions) if kind is Kind.PASS else tuple(actions)
        paths.append(Path(first, kind, needed, service, _page(first, actions)))
    return paths


PATHS = (*_of_iam(), *_of_services(Kind.PASS, _PASSED), *_of_services(Kind.RUNNING, _RUNNING))
"""All paths that the search looks for."""
BY_ACTIONS = {(path.kind, frozenset(path.actions), path.service): path for path in PATHS}
"""(Kind, actions, service) → the path."""


@cache
def of_service(kind: Kind, service: str) -> list[Path]:
    """Return the paths of a kind for roles that the service can assume.

    For "", return the paths that need no service. The paths with the fewest actions come first.
    """
    found = [path for path in PATHS if path.kind is kind and path.service == service]
    return sorted(found, key=lambda path: len(path.actions))


@cache
def services() -> tuple[str, ...]:
    """Return the service principals of all paths."""
    return tuple(dict.fromkeys(path.service for path in PATHS if path.service))


def named(kind: Kind, *actions: str) -> Path:
    """Return the path of a kind with exactly these actions."""
    return BY_ACTIONS[kind, frozenset(actions), ""]
