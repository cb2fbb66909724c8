"""BlockPublicPolicy: public policies are rejected if it is set, and accepted otherwise."""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of, trust

READ = "secretsmanager:GetSecretValue"


@pytest.fixture
def secrets(cloud):
    client = boto3.client("secretsmanager")
    client.create_secret(Name="password", SecretString="x")
    return client


@pytest.mark.ledger("F-RES-05")
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["444455556666", "*"]}])
def test_a_public_policy_is_refused_where_it_is_to_be_blocked(secrets, principal):
    policy = trust(principal, READ, Resource="*")
    code, _ = error_of(
        secrets.put_resource_policy, SecretId="password", ResourcePolicy=policy, BlockPublicPolicy=True
    )
    assert code == "PublicPolicyException"
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="password")
    secrets.put_resource_policy(SecretId="password", ResourcePolicy=policy, BlockPublicPolicy=False)
    secrets.put_resource_policy(SecretId="password", ResourcePolicy=policy)


@pytest.mark.ledger("F-RES-05")
def test_a_policy_for_an_account_is_taken(secrets):
    policy = trust({"AWS": "444455556666"}, READ, Resource="*")
    secrets.put_resource_policy(SecretId="password", ResourcePolicy=policy, BlockPublicPolicy=True)
    assert secrets.get_resource_policy(SecretId="password")["ResourcePolicy"] == policy
