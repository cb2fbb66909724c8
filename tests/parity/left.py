"""What a run, or all runs, left in an account: everything whose name begins with the prefix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jmespath
from botocore.exceptions import BotoCoreError, ClientError

from tests.parity.callers import Callers
from tests.parity.shapes import ADMIN
from tests.parity.targets import Target

_LISTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("cognito-identity", "list_identity_pools", {"MaxResults": 60}, "IdentityPools[].IdentityPoolName"),
    ("cognito-idp", "list_user_pools", {"MaxResults": 60}, "UserPools[].Name"),
    ("dynamodb", "list_tables", {}, "TableNames"),
    ("ec2", "describe_key_pairs", {}, "KeyPairs[].KeyName"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups[].GroupName"),
    ("ec2", "describe_vpcs", {}, "Vpcs[].Tags[?Key=='Name'].Value[]"),
    ("events", "list_event_buses", {"NamePrefix": "{prefix}"}, "EventBuses[].Name"),
    ("events", "list_rules", {"NamePrefix": "{prefix}"}, "Rules[].Name"),
    ("iam", "list_groups", {}, "Groups[].GroupName"),
    ("iam", "list_instance_profiles", {}, "InstanceProfiles[].InstanceProfileName"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies[].PolicyName"),
    ("iam", "list_roles", {}, "Roles[].RoleName"),
    ("iam", "list_users", {}, "Users[].UserName"),
    ("kms", "list_aliases", {}, "Aliases[].AliasName"),
    ("lambda", "list_functions", {}, "Functions[].FunctionName"),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "{prefix}"}, "logGroups[].logGroupName"),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "/aws/lambda/{prefix}"}, "logGroups[].logGroupName"),
    ("s3", "list_buckets", {}, "Buckets[].Name"),
    ("secretsmanager", "list_secrets", {}, "SecretList[].Name"),
    ("sns", "list_topics", {}, "Topics[].TopicArn"),
    ("sqs", "list_queues", {"QueueNamePrefix": "{prefix}"}, "QueueUrls"),
]  # fmt: skip
"""Where names are listed: service, method, parameters, and where the names are in the answer."""


def left(target: Target, prefix: str) -> Iterator[str]:
    """Yield what is still there, and what couldn't be listed. Keys that are pending deletion aren't included."""
    callers = Callers(target, {})
    for service, method, parameters, where in _LISTS:
        sent = {
            name: each.format(prefix=prefix) if isinstance(each, str) else each for name, each in parameters.items()
        }  # fmt: skip
        try:
            names = list(_names(callers.client(ADMIN, service), method, sent, where))
        except (ClientError, BotoCoreError) as error:
            yield f"{service}.{method} doesn't answer: {error}"
            continue
        yield from (f"{service}: {name}" for name in names if prefix in name)


def _names(client: Any, method: str, sent: dict[str, Any], where: str) -> Iterator[str]:
    pages = (
        client.get_paginator(method).paginate(**sent)
        if client.can_paginate(method)
        else [getattr(client, method)(**sent)]
    )
    for page in pages:
        yield from jmespath.search(where, page) or ()
