"""Pagination: a token is valid only for the list that returned it; others are rejected with the service's error."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
import pytest
from botocore import UNSIGNED, xform_name
from botocore.config import Config

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core import registry
from labs_helpers.cloud.services import load, modelled_services, table
from tests.cloud.services.cognito_idp.people import PASSWORD, make_app
from tests.cloud.services.iam.test_tags import taggable
from tests.cloud.services.lambda_.conftest import archive
from tests.cloud.services.sso.test_sign_in import Program
from tests.cloud.services.sso_admin.conftest import Center
from tests.clouds import allow, deny, error_of, make_user, trust

HOME = "111122223333"
BUCKET = "shelf"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/course"
TOKENS = {
    "accessanalyzer": ("nextToken", "ValidationException"),
    "account": ("NextToken", "ValidationException"),
    "cloudtrail": ("NextToken", "InvalidNextTokenException"),
    "cognito-identity": ("NextToken", "InvalidParameterException"),
    "cognito-idp": ("NextToken", "InvalidParameterException"),
    "dynamodb": ("NextToken", "ValidationException"),
    "ec2": ("NextToken", "InvalidNextToken"),
    "events": ("NextToken", "ValidationException"),
    "iam": ("Marker", "ValidationError"),
    "iam-toolbox": ("nextToken", "ValidationException"),
    "identitystore": ("NextToken", "ValidationException"),
    "kms": ("Marker", "InvalidMarkerException"),
    "lambda": ("Marker", "InvalidParameterValueException"),
    "logs": ("nextToken", "InvalidParameterException"),
    "organizations": ("NextToken", "InvalidInputException"),
    "rds": ("Marker", "InvalidParameterValue"),
    "s3": ("ContinuationToken", "InvalidArgument"),
    "secretsmanager": ("NextToken", "InvalidNextTokenException"),
    "sns": ("NextToken", "InvalidParameter"),
    "sqs": ("NextToken", "InvalidParameterValue"),
    "sso": ("nextToken", "InvalidRequestException"),
    "sso-admin": ("NextToken", "ValidationException"),
}
"""Service → the parameter for the token, and the error's code for a token that the list did not give."""
OTHER_NAMES = {
    ("cognito-idp", "AdminListDevices"): "PaginationToken",
    ("cognito-idp", "ListDevices"): "PaginationToken",
    ("cognito-idp", "ListUsers"): "PaginationToken",
    ("sns", "ListPhoneNumbersOptedOut"): "nextToken",
}
OTHER_CODES = {
    ("cloudtrail", "ListInsightsData"): "InvalidParameterException",
    ("cloudtrail", "ListInsightsMetricData"): "InvalidParameterException",
}
READABLE = {
    ("s3", "GetObjectAttributes"), ("s3", "ListMultipartUploads"), ("s3", "ListObjectVersions"), ("s3", "ListObjects"),
    ("s3", "ListParts"),
}  # fmt: skip
"""Operations whose markers are keys, IDs and numbers that the caller is free to choose."""
RESERVED = {("cloudtrail", "ListTags"), ("cloudtrail", "ListPublicKeys")}
"""Operations that ignore the token: "Reserved for future use.", as AWS's pages say.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
"""
EC2 = {
    "DescribeInstances",
    "DescribeInstanceTypes",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeTags",
}
"""The sample of EC2's lists, which are all paged by one function."""
WITH_KEYS = {
    ("dynamodb", "ListTables"), ("dynamodb", "Query"), ("dynamodb", "Scan"), ("logs", "GetLogEvents"),
    ("logs", "GetQueryResults"),
}  # fmt: skip
"""Operations whose tokens moto reads: keys, names, and positions in a stream."""
TOKEN_NAMES = {
    "NextToken", "nextToken", "Marker", "PaginationToken", "ContinuationToken", "KeyMarker", "PartNumberMarker",
}  # fmt: skip


def paged() -> set[tuple[str, str]]:
    """The operations of the cloud's own whose requests take a page token, by botocore's models."""
    for service in modelled_services():
        load(service)
    session, found = botocore.session.get_session(), set()
    for service, name in registry.registered():
        shape = session.get_service_model(service).operation_model(name).input_shape
        if shape is not None and TOKEN_NAMES & set(shape.members):
            found.add((service, name))
    return found


@pytest.fixture(scope="module")
def given(one_cloud: Cloud) -> dict[str, dict[str, dict[str, Any]]]:
    """Service → operation → the parameters that it needs, in a cloud that has something to list for each."""
    one_cloud.reset()
    center = Center(one_cloud)
    center.org.enable("SERVICE_CONTROL_POLICY", "TAG_POLICY")
    return {
        "accessanalyzer": {"ValidatePolicy": {"policyDocument": allow("*"), "policyType": "IDENTITY_POLICY"}},
        "cloudtrail": {
            "ListInsightsData": {"InsightSource": TRAIL, "DataType": "InsightsEvents"},
            "ListInsightsMetricData": {
                "EventSource": "iam.amazonaws.com", "EventName": "CreateUser", "InsightType": "ApiCallRateInsight",
            },
            "ListTags": {"ResourceIdList": []},
        },
        "cognito-identity": _identity_pools(),
        "cognito-idp": _user_pools(one_cloud),
        "dynamodb": _tables(),
        "events": _rules(),
        "iam": _iam(one_cloud, center),
        "iam-toolbox": {"GetRequestAuthorizationDetails": {"authorizationId": _refused(one_cloud)}},
        "identitystore": _stores(center),
        "kms": _keys(),
        "lambda": _functions(),
        "logs": _log_groups(),
        "organizations": _organization(center),
        "s3": _bucket(),
        "secretsmanager": _secrets(),
        "sns": _topics(),
        "sqs": {"ListDeadLetterSourceQueues": {"QueueUrl": _queue()}},
        "sso": _portal(center),
        "sso-admin": _identity_center(center),
    }  # fmt: skip


def _identity_pools() -> dict[str, dict[str, Any]]:
    client = boto3.client("cognito-identity")
    pools = [
        client.create_identity_pool(
            IdentityPoolName=name, AllowUnauthenticatedIdentities=True, DeveloperProviderName="login.shop"
        )["IdentityPoolId"]
        for name in ("a", "b")
    ]
    pool = {"IdentityPoolId": pools[0]}
    identity = client.get_open_id_token_for_developer_identity(**pool, Logins={"login.shop": "anne"})
    return {
        "ListIdentities": pool | {"MaxResults": 1},
        "ListIdentityPools": {"MaxResults": 1},
        "LookupDeveloperIdentity": pool | {"IdentityId": identity["IdentityId"]},
    }


def _user_pools(cloud: Cloud) -> dict[str, dict[str, Any]]:
    app = make_app(cloud)
    idp, pool = app.idp, {"UserPoolId": app.pool}
    idp.update_user_pool(
        **pool, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"},
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": False},
    )  # fmt: skip
    idp.set_user_pool_session_configuration(
        **pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5}
    )
    for name in ("alice", "bob"):
        app.confirmed(name)
        idp.create_group(**pool, GroupName=name)
    user, own = pool | {"Username": "alice"}, {"AccessToken": app.tokens(password=PASSWORD)["AccessToken"]}
    of_users = (
        "AdminListDevices",
        "AdminListGroupsForUser",
        "AdminListUserAuthEvents",
        "AdminListUserSessions",
    )
    asked = dict.fromkeys(of_users, user)
    asked |= dict.fromkeys(("ListDevices", "ListUserSessions", "ListWebAuthnCredentials"), own)
    listed = ("Groups", "IdentityProviders", "ResourceServers", "Terms", "UserPoolClients", "Users")
    asked |= {f"List{name}": pool for name in listed}
    confidential = idp.create_user_pool_client(**pool, ClientName="c", GenerateSecret=True)["UserPoolClient"]
    return asked | {
        "ListUserPools": {"MaxResults": 1},
        "ListUserPoolClientSecrets": pool | {"ClientId": confidential["ClientId"]},
        "ListUsersInGroup": pool | {"GroupName": "alice"},
    }


def _iam(cloud: Cloud, center: Center) -> dict[str, dict[str, Any]]:
    iam, arn = boto3.client("iam"), f"arn:aws:iam::{HOME}:user/alice"
    tagged = {
        f"list_{kind}_tags": {parameter: name} for kind, (parameter, name) in taggable(cloud, iam).items()
    }
    asked = {api: tagged[name] for name, api in iam.meta.method_to_api_mapping.items() if name in tagged}
    iam.create_group(GroupName="staff")
    of_users = ("ListAttachedUserPolicies", "ListUserPolicies", "ListGroupsForUser")
    of_groups = ("ListAttachedGroupPolicies", "ListGroupPolicies", "GetGroup")
    of_roles = ("ListAttachedRolePolicies", "ListRolePolicies", "ListInstanceProfilesForRole")
    asked |= {name: {"UserName": "alice"} for name in of_users}
    asked |= {name: {"GroupName": "staff"} for name in of_groups}
    asked |= {name: {"RoleName": "app"} for name in of_roles}
    asked |= dict.fromkeys(("ListPolicyVersions", "ListEntitiesForPolicy"), asked["ListPolicyTags"])
    job = {"JobId": iam.generate_service_last_accessed_details(Arn=arn)["JobId"]}
    path = f"{center.org.id}/{center.org.root}"
    return asked | {
        "GetOrganizationsAccessReport": {
            "JobId": iam.generate_organizations_access_report(EntityPath=path)["JobId"]
        },
        "GetServiceLastAccessedDetails": job,
        "GetServiceLastAccessedDetailsWithEntities": job | {"ServiceNamespace": "s3"},
        "ListPoliciesGrantingServiceAccess": {"Arn": arn, "ServiceNamespaces": ["s3"]},
        "SimulateCustomPolicy": {"PolicyInputList": [allow("*")], "ActionNames": ["s3:GetObject"]},
        "SimulatePrincipalPolicy": {"PolicySourceArn": arn, "ActionNames": ["s3:GetObject"]},
    }


def _refused(cloud: Cloud) -> str:
    dave = make_user(cloud, "dave", deny("*"))
    _, message = error_of(dave.client("iam").create_user, UserName="eve")
    return message.rpartition(" ")[2]


def _stores(center: Center) -> dict[str, dict[str, Any]]:
    store, user = {"IdentityStoreId": center.store_id}, center.user("uma")
    return {
        "ListGroups": store,
        "ListGroupMemberships": store | {"GroupId": center.group("makers", user)},
        "ListGroupMembershipsForMember": store | {"MemberId": {"UserId": user}},
        "ListUsers": store,
    }


def _keys() -> dict[str, dict[str, Any]]:
    kms = boto3.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2)]
    of_keys = ("ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListResourceTags")
    return {name: {"KeyId": keys[0]} for name in of_keys} | {
        "ListRetirableGrants": {"RetiringPrincipal": f"arn:aws:iam::{HOME}:root"}
    }


def _organization(center: Center) -> dict[str, dict[str, Any]]:
    org, root = center.org, center.org.root
    policy = org.client.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"][0]["Id"]
    member = org.member("listed")
    org.attach('{"tags": {"team": {"tag_key": {"@@assign": "Team"}}}}', member, "TAG_POLICY")
    org.client.enable_aws_service_access(ServicePrincipal="config.amazonaws.com")
    org.client.register_delegated_administrator(AccountId=member, ServicePrincipal="config.amazonaws.com")
    return {
        "ListAccountsForParent": {"ParentId": root},
        "ListAccountsWithInvalidEffectivePolicy": {"PolicyType": "TAG_POLICY"},
        "ListChildren": {"ParentId": root, "ChildType": "ACCOUNT"},
        "ListDelegatedServicesForAccount": {"AccountId": member},
        "ListEffectivePolicyValidationErrors": {"AccountId": member, "PolicyType": "TAG_POLICY"},
        "ListOrganizationalUnitsForParent": {"ParentId": root},
        "ListParents": {"ChildId": member},
        "ListPolicies": {"Filter": "SERVICE_CONTROL_POLICY"},
        "ListPoliciesForTarget": {"TargetId": root, "Filter": "SERVICE_CONTROL_POLICY"},
        "ListTagsForResource": {"ResourceId": member},
        "ListTargetsForPolicy": {"PolicyId": policy},
    }


def _bucket() -> dict[str, dict[str, Any]]:
    s3 = boto3.client("s3")
    for name in (BUCKET, f"{BUCKET}-of-copies"):
        s3.create_bucket(Bucket=name)
        for key in ("a", "b", "c"):
            s3.put_object(Bucket=name, Key=key, Body=b"")
    return {"ListObjectsV2": {"Bucket": BUCKET}}


def _secrets() -> dict[str, dict[str, Any]]:
    client = boto3.client("secretsmanager")
    for name in ("db", "mail"):
        client.create_secret(Name=name, SecretString="s")
    return {
        "BatchGetSecretValue": {"Filters": [{"Key": "name", "Values": ["d"]}]},
        "ListResourcePolicies": {"SecretId": "db"},
        "ListSecretVersionIds": {"SecretId": "db"},
    }


def _tables() -> dict[str, dict[str, Any]]:
    table = boto3.client("dynamodb").create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )["TableDescription"]  # fmt: skip
    return {
        "ExecuteStatement": {"Statement": "SELECT * FROM orders"},
        "ListExports": {"TableArn": table["TableArn"]},
        "ListTagsOfResource": {"ResourceArn": table["TableArn"]},
    }


def _rules() -> dict[str, dict[str, Any]]:
    for name in ("a", "b"):
        boto3.client("events").put_rule(Name=name, EventPattern='{"source": ["shop"]}')
    return {
        "ListRuleNamesByTarget": {"TargetArn": f"arn:aws:sqs:us-east-1:{HOME}:queue"},
        "ListTargetsByRule": {"Rule": "a"},
    }


def _functions() -> dict[str, dict[str, Any]]:
    role = boto3.client("iam").create_role(
        RoleName="worker", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
    )["Role"]
    for name in ("a", "b"):
        boto3.client("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Role=role["Arn"], Handler="app.handle",
            Code={"ZipFile": archive()},
        )  # fmt: skip
    of_functions = ("ListAliases", "ListFunctionEventInvokeConfigs", "ListVersionsByFunction")
    return {name: {"FunctionName": "a"} for name in of_functions} | {
        "ListLayerVersions": {"LayerName": "tools"}
    }


def _log_groups() -> dict[str, dict[str, Any]]:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="shop")
    for name in ("a", "b"):
        logs.create_log_stream(logGroupName="shop", logStreamName=name)
        logs.put_metric_filter(
            logGroupName="shop", filterName=name, filterPattern="",
            metricTransformations=[{"metricName": name, "metricNamespace": "shop", "metricValue": "1"}],
        )  # fmt: skip
    of_groups = ("DescribeLogStreams", "DescribeSubscriptionFilters", "FilterLogEvents")
    return {name: {"logGroupName": "shop"} for name in of_groups}


def _topics() -> dict[str, dict[str, Any]]:
    topics = [boto3.client("sns").create_topic(Name=name)["TopicArn"] for name in ("a", "b")]
    platform = boto3.client("sns").create_platform_application(
        Name="app", Platform="GCM", Attributes={"PlatformCredential": "key"}
    )["PlatformApplicationArn"]
    return {
        "ListEndpointsByPlatformApplication": {"PlatformApplicationArn": platform},
        "ListSubscriptionsByTopic": {"TopicArn": topics[0]},
    }


def _queue() -> str:
    return str(boto3.client("sqs").create_queue(QueueName="failed")["QueueUrl"])


def _portal(center: Center) -> dict[str, dict[str, Any]]:
    member = center.org.member("portal")
    center.assign(member, center.permission_set("Portal"), center.user("petra"))
    token = {"accessToken": Program(center).sign_in("petra")}
    return {"ListAccounts": token, "ListAccountRoles": token | {"accountId": member}}


def _identity_center(center: Center) -> dict[str, dict[str, Any]]:
    of, user = {"InstanceArn": center.arn}, center.user("anne")
    one = of | {"PermissionSetArn": center.permission_set("Reader")}
    who, account = {"PrincipalId": user, "PrincipalType": "USER"}, {"AccountId": HOME}
    of_instances = (
        "AccountAssignmentCreationStatus", "AccountAssignmentDeletionStatus", "PermissionSets",
        "PermissionSetProvisioningStatus", "Regions",
    )  # fmt: skip
    of_sets = (
        "AccountsForProvisionedPermissionSet", "CustomerManagedPolicyReferencesInPermissionSet",
        "ManagedPoliciesInPermissionSet",
    )  # fmt: skip
    asked = dict.fromkeys(of_instances, of) | dict.fromkeys(of_sets, one)
    asked |= {
        "AccountAssignments": one | account,
        "AccountAssignmentsForPrincipal": of | who,
        "PermissionSetsProvisionedToAccount": of | account,
        "TagsForResource": of | {"ResourceArn": one["PermissionSetArn"]},
    }
    return {f"List{name}": each for name, each in asked.items()}


def test_every_list_is_paged():
    for service in modelled_services():
        model, known = botocore.session.get_session().get_service_model(service), table(service).operations
        for name in known & set(model.operation_names):
            shape = model.operation_model(name).input_shape
            token = shape is not None and TOKEN_NAMES & set(shape.members)
            if token and service not in ("accessanalyzer", "s3") and (service, name) not in WITH_KEYS:
                assert registry.find(service, name), f"{service}:{name}"


def call(given: dict[str, Any], service: str, name: str, **more: Any) -> Any:
    """Call an operation with the parameters that it needs, and others."""
    unsigned = Config(signature_version=UNSIGNED) if service == "sso" else None
    client = boto3.client(service, config=unsigned)
    return getattr(client, xform_name(name))(**given.get(service, {}).get(name, {}) | more)


@pytest.fixture(scope="module")
def token_of_users(given: dict[str, Any]) -> str:
    """A token that IAM's ListUsers returned, which is valid for nothing else."""
    return str(boto3.client("iam").list_users(MaxItems=1)["Marker"])


SEALED = sorted(
    each for each in paged() - READABLE - RESERVED - WITH_KEYS if each[0] != "ec2" or each[1] in EC2
)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("service", "name"), SEALED, ids=[".".join(each) for each in SEALED])
def test_a_token_that_the_list_did_not_give_is_refused(given, token_of_users, service, name):
    parameter, code = TOKENS[service]
    parameter = OTHER_NAMES.get((service, name), parameter)
    call(given, service, name)
    invented = ("abcd",) if (service, name) == ("cloudtrail", "ListInsightsData") else ("2", "abcd")
    foreign = () if (service, name) == ("iam", "ListUsers") else (token_of_users,)
    for token in (*invented, *foreign):
        refused = error_of(call, given, service, name, **{parameter: token})[0]
        assert refused == OTHER_CODES.get((service, name), code), token


@pytest.mark.parametrize(
    ("service", "name", "size", "answered", "least"),
    [
        ("account", "ListRegions", "MaxResults", "NextToken", 1),
        ("cloudtrail", "LookupEvents", "MaxResults", "NextToken", 1),
        ("cognito-idp", "ListGroups", "Limit", "NextToken", 1),
        ("cognito-idp", "ListUsers", "Limit", "PaginationToken", 1),
        ("cognito-identity", "ListIdentityPools", "MaxResults", "NextToken", 1),
        ("ec2", "DescribeInstanceTypes", "MaxResults", "NextToken", 5),
        ("iam", "ListUsers", "MaxItems", "Marker", 1),
        ("identitystore", "ListUsers", "MaxResults", "NextToken", 1),
        ("kms", "ListKeys", "Limit", "NextMarker", 1),
        ("lambda", "ListFunctions", "MaxItems", "NextMarker", 1),
        ("logs", "DescribeLogStreams", "limit", "nextToken", 1),
        ("logs", "DescribeMetricFilters", "limit", "nextToken", 1),
        ("organizations", "ListAccounts", "MaxResults", "NextToken", 1),
        ("s3", "ListBuckets", "MaxBuckets", "ContinuationToken", 1),
        ("s3", "ListObjectsV2", "MaxKeys", "NextContinuationToken", 1),
        ("secretsmanager", "ListSecrets", "MaxResults", "NextToken", 1),
    ],
)
def test_two_pages_follow_each_other(given, service, name, size, answered, least):
    parameter = OTHER_NAMES.get((service, name), TOKENS[service][0])
    first = call(given, service, name, **{size: least})
    second = call(given, service, name, **{size: least, parameter: first[answered]})
    items = next(key for key, value in first.items() if isinstance(value, list))
    both = call(given, service, name, **{size: 2 * least})[items]
    assert len(first[items]) == len(second[items]) == least
    if name != "LookupEvents":
        assert first[items] + second[items] == both


def test_pages_of_a_list_of_moto_have_its_items(given):
    ec2 = boto3.client("ec2")
    whole = ec2.describe_subnets()["Subnets"]
    assert len(whole) > 5
    first = ec2.describe_subnets(MaxResults=5)
    rest = ec2.describe_subnets(MaxResults=5, NextToken=first["NextToken"])
    assert first["Subnets"] + rest["Subnets"] == whole
    assert "NextToken" not in rest


def test_a_token_fits_only_the_parameters_account_and_region_that_it_was_given_for(given, one_cloud):
    s3, kms = boto3.client("s3"), boto3.client("kms")
    token = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["NextContinuationToken"]
    for other in ({"Bucket": f"{BUCKET}-of-copies"}, {"Bucket": BUCKET, "Prefix": "b"}):
        assert error_of(s3.list_objects_v2, **other, ContinuationToken=token)[0] == "InvalidArgument"
    assert s3.list_objects_v2(Bucket=BUCKET, MaxKeys=9, ContinuationToken=token)["KeyCount"] == 2
    marker = kms.list_keys(Limit=1)["NextMarker"]
    west = boto3.client("kms", region_name="eu-central-1")
    partner = one_cloud.account("444455556666").client("kms")
    for client in (west, partner):
        assert error_of(client.list_keys, Marker=marker)[0] == "InvalidMarkerException"


@pytest.mark.parametrize(("service", "name"), sorted(RESERVED))
def test_a_reserved_token_changes_nothing(given, service, name):
    assert call(given, service, name, NextToken="abc")


def test_a_page_begins_where_the_last_one_ended_although_what_was_listed_is_gone(cloud):
    kms = boto3.client("kms")
    keys = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    for number, key in enumerate(keys):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
    first = kms.list_aliases(Limit=1)
    kms.delete_alias(AliasName="alias/0")
    rest = kms.list_aliases(Marker=first["NextMarker"])["Aliases"]
    assert [each["AliasName"] for each in rest] == ["alias/1", "alias/2"]


def test_a_page_can_begin_at_an_item_whose_text_is_not_unicode(cloud):
    events = boto3.client("events", region_name="us-east-1")
    for name in ("a", "b"):
        events.create_event_bus(Name=name, Description="\ud800")
    names, token = [], {}
    for _ in range(3):
        page = events.list_event_buses(Limit=1, **token)
        names += [bus["Name"] for bus in page["EventBuses"]]
        token = {"NextToken": page.get("NextToken")}
    assert (sorted(names), token["NextToken"]) == (["a", "b", "default"], None)
