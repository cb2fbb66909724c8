"""A new resource with the name of a deleted one has none of its policies, tags, and settings.

`recreated_resources.json` has each resource's calls.
"""

from __future__ import annotations

import json
from pathlib import Path

import boto3

from labs_helpers.cloud.services.ec2 import instances
from tests.cloud.services.test_rejected_calls import client, mill, package
from tests.clouds import error_of, trust

__all__ = ["mill"]
CASES = json.loads(Path(__file__).with_name("recreated_resources.json").read_text(encoding="utf-8"))


def test_a_new_resource_has_nothing_of_the_deleted_one(mill):
    mill.publish_version(FunctionName="mill")
    for case in CASES:
        calls = client(case["client"])
        for operation, request in (case["create"], *case["change"], case["delete"], case["create"]):
            getattr(calls, operation)(**request)
        for operation, request, found in case["then"]:
            if isinstance(found, str):
                assert error_of(getattr(calls, operation), **request)[0] == found, operation
            else:
                answer = getattr(calls, operation)(**request)
                assert {name: answer[name] for name in found} == found, operation


def test_the_number_of_a_version_is_never_used_again(mill):
    """https://docs.aws.amazon.com/lambda/latest/dg/versioning-intro.html"""

    def publish(description: str) -> str:
        mill.update_function_configuration(FunctionName="mill", Description=description)
        version: str = mill.publish_version(FunctionName="mill")["Version"]
        return version

    assert [publish("a"), publish("b")] == ["1", "2"]
    grant = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "444455556666"}
    mill.add_permission(FunctionName="mill", Qualifier="2", **grant)
    mill.delete_function(FunctionName="mill", Qualifier="2")
    assert publish("c") == "3"
    mill.delete_function(FunctionName="mill", Qualifier="1")
    assert publish("d") == "4"
    assert error_of(mill.get_policy, FunctionName="mill", Qualifier="4")[0] == "ResourceNotFoundException"
    role = mill.get_function(FunctionName="mill")["Configuration"]["Role"]
    mill.delete_function(FunctionName="mill")
    mill.create_function(
        FunctionName="mill", Runtime="python3.13", Role=role, Handler="m.h", Code={"ZipFile": package()}
    )
    assert publish("e") == "5"


def test_an_instance_does_not_get_the_role_of_a_new_instance_profile(cloud):
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html"""
    iam, ec2 = boto3.client("iam"), boto3.client("ec2")
    document = trust({"Service": "ec2.amazonaws.com"})
    for role in ("clerk", "chief"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)
    profile = {"InstanceProfileName": "desk"}
    iam.create_instance_profile(**profile)
    iam.add_role_to_instance_profile(**profile, RoleName="clerk")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", IamInstanceProfile={"Name": "desk"}
    )
    instance = launched["Instances"][0]["InstanceId"]
    assert instances.find(instance).profile.role == "clerk"
    iam.remove_role_from_instance_profile(**profile, RoleName="clerk")
    iam.delete_instance_profile(**profile)
    iam.create_instance_profile(**profile)
    iam.add_role_to_instance_profile(**profile, RoleName="chief")
    assert instances.find(instance).profile is None
