"""When S3 calls a bucket policy public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import json

import pytest

from labs_helpers.engine.analysis.public import is_public


def policy(principal="*", condition=None, effect="Allow"):
    statement = {"Effect": effect, "Principal": principal, "Action": "s3:PutObject", "Resource": "*"}
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


PUBLIC = {
    "everyone": policy(),
    "everyone, as an AWS principal": policy({"AWS": "*"}),
    "everyone, among others": policy({"AWS": ["111122223333", "*"]}),
    "who signs in at a public identity provider": policy({"Federated": "graph.facebook.com"}),
    "a VPC by wildcard": policy(condition={"StringLike": {"aws:SourceVpc": "vpc-*"}}),
    "a policy variable": policy(condition={"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}),
    "all but one account": policy(condition={"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}),
    "an organisation, if there is one": policy(
        condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    ),
    "paths for all values, which none satisfy": policy(
        condition={"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/"]}}
    ),
    "half of all addresses": policy(condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}),
    "one narrow and one wide range": policy(
        condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}
    ),
    "a wide IPv6 range": policy(condition={"IpAddress": {"aws:SourceIp": "2001::/16"}}),
    "addresses that are not listed": policy(condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
    "a key that fixes nobody": policy(condition={"StringEquals": {"aws:UserAgent": "secret"}}),
    "TLS only": policy(condition={"Bool": {"aws:SecureTransport": "true"}}),
    "users of any name": policy(
        condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}}
    ),
}
NOT_PUBLIC = {
    "an account": policy({"AWS": "arn:aws:iam::444455556666:root"}),
    "an account and a service": policy({"AWS": "444455556666", "Service": "cloudtrail.amazonaws.com"}),
    "a SAML provider": policy({"Federated": "arn:aws:iam::111122223333:saml-provider/Corp"}),
    "an organisation": policy(condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    "a VPC": policy(condition={"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}),
    "a VPC, by StringLike without wildcard": policy(
        condition={"StringLike": {"AWS:SOURCEVPC": "vpc-91237329"}}
    ),
    "a trail": policy(
        condition={"ArnEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/t"}}
    ),
    "an office": policy(condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}),
    "the private ranges": policy(condition={"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}}),
    "any access point of an account": policy(
        condition={"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}
    ),
    "a fixed key beside a free one": policy(
        condition={
            "StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"},
            "Bool": {"aws:SecureTransport": "true"},
        }
    ),
    "nobody: it denies": policy(effect="Deny"),
    "nobody: it is no policy": "[]",
    "nobody: it is no JSON": "{",
}


@pytest.mark.ledger("F-S3-01")
@pytest.mark.parametrize("name", PUBLIC)
def test_policy_is_public_that_grants_to(name):
    assert is_public(PUBLIC[name])


@pytest.mark.ledger("F-S3-01")
@pytest.mark.parametrize("name", NOT_PUBLIC)
def test_policy_is_not_public_that_grants_to(name):
    assert not is_public(NOT_PUBLIC[name])


def test_one_public_statement_makes_the_policy_public():
    fixed = json.loads(policy({"AWS": "444455556666"}))["Statement"]
    public = json.loads(policy())["Statement"]
    assert is_public(json.dumps({"Statement": fixed + public}))
    assert is_public(json.dumps({"Statement": public[0]}))
