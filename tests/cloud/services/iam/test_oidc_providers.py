"""OpenID Connect providers: creation from a request, errors, and idempotent changes."""

from __future__ import annotations

import pytest

from tests.clouds import error_of, trust

HOME = "111122223333"
URL = "https://idp.example.com"
ARN = f"arn:aws:iam::{HOME}:oidc-provider/idp.example.com"
NAMED = {"OpenIDConnectProviderArn": ARN}
THUMBPRINT = "a9d53002e97e00e043244f3d170d6f4c414104fd"


@pytest.mark.ledger("F-IAM-25")
def test_a_provider_is_shown_as_it_was_made_and_without_thumbprints_has_one(cloud, iam):
    tags = [{"Key": "team", "Value": "red"}]
    made = iam.create_open_id_connect_provider(Url=f"{URL}/", ClientIDList=["a", "b", "a"], Tags=tags)
    assert (made["OpenIDConnectProviderArn"], made["Tags"]) == (ARN, tags)
    shown = iam.get_open_id_connect_provider(**NAMED)
    assert (shown["Url"], shown["ClientIDList"], shown["Tags"]) == ("idp.example.com", ["a", "b"], tags)
    assert abs(cloud.clock.now() - shown["CreateDate"]).total_seconds() < 5
    assert [len(each) for each in shown["ThumbprintList"]] == [40]
    iam.update_open_id_connect_provider_thumbprint(**NAMED, ThumbprintList=[THUMBPRINT])
    assert iam.get_open_id_connect_provider(**NAMED)["ThumbprintList"] == [THUMBPRINT]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": ARN}]
    plain = iam.create_open_id_connect_provider(Url="https://other.example.com/realm")
    assert "Tags" not in plain
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=plain["OpenIDConnectProviderArn"])
    assert (shown["Url"], shown["ClientIDList"], shown["Tags"]) == ("other.example.com/realm", [], [])


@pytest.mark.ledger("F-IAM-25")
def test_what_is_no_provider_is_refused(cloud, iam):
    make = iam.create_open_id_connect_provider
    for url in ("http://idp.example.com", f"{URL}:8443", f"{URL}?a=b", f"{URL}#a", "idp.example.com"):
        refused = ("ValidationError", "Invalid Open ID Connect Provider URL")
        assert error_of(make, Url=url) == refused, url
    prints = [f"{each:040x}" for each in range(6)]
    too_many = ("InvalidInput", "Thumbprint list must contain fewer than 5 entries.")
    assert error_of(make, Url=URL, ThumbprintList=prints) == too_many
    assert error_of(make, Url=URL, ThumbprintList=["z" * 40])[0] == "InvalidInput"
    many = [f"client-{each}" for each in range(101)]
    full = ("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100")
    assert error_of(make, Url=URL, ClientIDList=many) == full
    make(Url=URL, ClientIDList=many[:100])
    assert error_of(make, Url=URL) == ("EntityAlreadyExists", f"Provider with url {URL} already exists.")
    assert error_of(iam.add_client_id_to_open_id_connect_provider, **NAMED, ClientID="one-more") == full
    update = iam.update_open_id_connect_provider_thumbprint
    assert error_of(update, **NAMED, ThumbprintList=prints) == too_many
    for number in range(99):
        make(Url=f"https://idp{number}.example.com")
    assert error_of(make, Url="https://last.example.com") == (
        "LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100",
    )  # fmt: skip


@pytest.mark.ledger("F-IAM-25")
def test_clients_come_and_go_and_a_deletion_may_be_repeated(cloud, iam):
    iam.create_open_id_connect_provider(Url=URL, ClientIDList=["a"])
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(**NAMED, ClientID="b")
    assert iam.get_open_id_connect_provider(**NAMED)["ClientIDList"] == ["a", "b"]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(**NAMED, ClientID="a")
    assert iam.get_open_id_connect_provider(**NAMED)["ClientIDList"] == ["b"]
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust({"Federated": ARN}))
    for _ in range(2):
        iam.delete_open_id_connect_provider(**NAMED)
    missing = ("NoSuchEntity", f"OpenIDConnect Provider not found for arn {ARN}")
    assert error_of(iam.get_open_id_connect_provider, **NAMED) == missing
    assert error_of(iam.add_client_id_to_open_id_connect_provider, **NAMED, ClientID="a") == missing
    other = {"OpenIDConnectProviderArn": f"arn:aws:iam::{HOME}:role/web"}
    assert error_of(iam.get_open_id_connect_provider, **other)[0] == "InvalidInput"
