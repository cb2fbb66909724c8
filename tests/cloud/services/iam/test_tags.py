"""Tags in IAM: keys of users and roles are unique regardless of case, those of everything else are not."""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.actors.saml_provider import SamlProvider
from tests.cloud.services.iam.test_certificates import server_certificate
from tests.clouds import allow, error_of, trust

HOME = "111122223333"


def tag(key: str, value: str = "x") -> dict[str, str]:
    return {"Key": key, "Value": value}


def taggable(cloud, iam) -> dict[str, tuple[str, str]]:
    """Kind → parameter and value that name one of it."""
    metadata = SamlProvider(cloud, "https://idp.example.com/saml").metadata
    iam.create_user(UserName="alice")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    policy = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="box")
    oidc = iam.create_open_id_connect_provider(Url="https://idp.example.com", ClientIDList=["app"])
    saml = iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    server_certificate(iam, "web")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    return {
        "user": ("UserName", "alice"), "role": ("RoleName", "app"), "policy": ("PolicyArn", policy),
        "instance_profile": ("InstanceProfileName", "box"), "mfa_device": ("SerialNumber", serial),
        "open_id_connect_provider": ("OpenIDConnectProviderArn", oidc["OpenIDConnectProviderArn"]),
        "saml_provider": ("SAMLProviderArn", saml), "server_certificate": ("ServerCertificateName", "web"),
    }  # fmt: skip


@pytest.mark.ledger("F-IAM-20")
def test_tags_are_added_replaced_removed_and_listed_by_key_in_pages(cloud, iam):
    for kind, (parameter, name) in taggable(cloud, iam).items():
        named = {parameter: name}
        getattr(iam, f"tag_{kind}")(**named, Tags=[tag("b"), tag("a"), tag("c")])
        getattr(iam, f"tag_{kind}")(**named, Tags=[tag("b", "new")])
        getattr(iam, f"untag_{kind}")(**named, TagKeys=["c", "never"])
        listed = getattr(iam, f"list_{kind}_tags")
        assert listed(**named)["Tags"] == [tag("a"), tag("b", "new")], kind
        first = listed(**named, MaxItems=1)
        assert (first["Tags"], first["IsTruncated"]) == ([tag("a")], True), kind
        rest = listed(**named, Marker=first["Marker"])
        assert (rest["Tags"], rest["IsTruncated"]) == ([tag("b", "new")], False), kind


@pytest.mark.ledger("F-IAM-20")
def test_keys_that_differ_in_case_are_one_for_users_and_roles_alone(cloud, iam):
    for kind, (parameter, name) in taggable(cloud, iam).items():
        named, one_case = {parameter: name}, kind in ("user", "role")
        put, listed = getattr(iam, f"tag_{kind}"), getattr(iam, f"list_{kind}_tags")
        put(**named, Tags=[tag("Team", "red")])
        put(**named, Tags=[tag("team", "blue")])
        both = [tag("Team", "red"), tag("team", "blue")]
        assert listed(**named)["Tags"] == (both[1:] if one_case else both), kind
        if one_case:
            assert error_of(put, **named, Tags=both)[0] == "InvalidInput"
            getattr(iam, f"untag_{kind}")(**named, TagKeys=["TEAM"])
            assert listed(**named)["Tags"] == []


@pytest.mark.ledger("F-IAM-20")
def test_what_is_refused_of_tags(cloud, iam):
    for kind, (parameter, name) in taggable(cloud, iam).items():
        named, put = {parameter: name}, getattr(iam, f"tag_{kind}")
        assert error_of(put, **named, Tags=[tag("aws:mine")])[0] == "InvalidInput", kind
        assert error_of(put, **named, Tags=[tag("a"), tag("a")])[0] == "InvalidInput", kind
        assert error_of(put, **named, Tags=[tag(f"k{n}") for n in range(51)])[0] == "ValidationError", kind
        put(**named, Tags=[tag(f"k{n}") for n in range(50)])
        assert error_of(put, **named, Tags=[tag("more")])[0] == "LimitExceeded", kind
        put(**named, Tags=[tag("k0", "new")])


def test_a_service_linked_role_can_be_tagged(iam):
    name = iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")["Role"]["RoleName"]
    iam.tag_role(RoleName=name, Tags=[tag("a")])
    assert iam.list_role_tags(RoleName=name)["Tags"] == [tag("a")]


def test_a_policy_of_aws_cannot_be_tagged(iam):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert error_of(iam.tag_policy, PolicyArn=arn, Tags=[tag("a")])[0] == "AccessDenied"
    assert boto3.client("iam").list_policy_tags(PolicyArn=arn)["Tags"] == []


def test_neither_key_nor_value_of_a_tag_begins_as_awss_own_do(cloud, iam):
    """Expect InvalidInput for keys and values that begin with `aws:`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    """
    for kind, (parameter, name) in taggable(cloud, iam).items():
        for wrong in (tag("aws:team"), tag("AWS:team"), tag("team", "aws:red")):
            refused = error_of(getattr(iam, f"tag_{kind}"), **{parameter: name}, Tags=[tag("a"), wrong])
            assert refused[0] == "InvalidInput", (kind, wrong)
        assert getattr(iam, f"list_{kind}_tags")(**{parameter: name})["Tags"] == [], kind
