"""Identity pools and SAML: the assertion that would go to STS goes to Cognito, which chooses among its roles.

https://docs.aws.amazon.com/cognito/latest/developerguide/saml-identity-provider.html
"""

from __future__ import annotations

from typing import Any

import pytest

from labs_helpers.cloud.actors.saml_provider import SamlProvider
from tests.cloud.services.cognito_identity.test_identity_pools import World
from tests.clouds import allow, error_of


class Office(World):
    """An identity pool that takes the assertions of one SAML provider."""

    def __init__(self, cloud: Any, **settings: Any):
        super().__init__(cloud, **settings)
        self.saml = SamlProvider(cloud)
        self.arn = self.iam.create_saml_provider(Name="office", SAMLMetadataDocument=self.saml.metadata)[
            "SAMLProviderArn"
        ]
        self.admin.update_identity_pool(
            IdentityPoolId=self.pool, IdentityPoolName="i", AllowUnauthenticatedIdentities=True,
            SamlProviderARNs=[self.arn], **settings,
        )  # fmt: skip
        self.reader, self.writer = (self.role(name, allow("s3:*")) for name in ("reader", "writer"))

    def assertion(self, subject: str, *roles: str, **more: Any) -> dict[str, str]:
        """Logins with an assertion that offers roles."""
        signed = self.saml.sign(self.saml.assertion(subject, [(role, self.arn) for role in roles], **more))
        return {self.arn: self.saml.encode(self.saml.envelope(signed))}

    def role_of(self, login: dict[str, str], **more: Any) -> str:
        arn = self.session(login, **more)[1].client("sts").get_caller_identity()["Arn"]
        return arn.split("/")[1]

    def refused(self, login: dict[str, str], **more: Any) -> tuple[str, str]:
        identity = self.anyone.get_id(IdentityPoolId=self.pool, Logins=login)["IdentityId"]
        return error_of(self.anyone.get_credentials_for_identity, IdentityId=identity, Logins=login, **more)


@pytest.fixture
def office(cloud: Any) -> Office:
    return Office(cloud)


def test_a_name_id_is_one_identity_and_its_role_is_the_one_that_the_provider_offers(office: Office) -> None:
    login = office.assertion("carol", office.reader)
    identity, session = office.session(login)
    assert session.client("sts").get_caller_identity()["Arn"].split("/")[1] == "reader"
    assert office.session(office.assertion("carol", office.writer))[0] == identity
    assert office.session(office.assertion("dave", office.writer))[0] != identity
    assert office.admin.describe_identity(IdentityId=identity)["Logins"] == [office.arn]


def test_of_several_roles_custom_role_arn_names_one(office: Office) -> None:
    login = office.assertion("carol", office.reader, office.writer)
    assert office.role_of(login, CustomRoleArn=office.writer) == "writer"
    assert office.refused(login)[0] == "NotAuthorizedException"
    other = office.role("other", allow("s3:*"))
    assert office.refused(login, CustomRoleArn=other)[0] == "NotAuthorizedException"


def test_without_a_role_attribute_the_pools_own_role_is_taken(office: Office) -> None:
    office.set_roles(authenticated=office.reader)
    login = office.assertion("carol", attributes={"Role": []})
    assert office.role_of(login) == "reader"


def test_rules_look_at_the_assertions_attributes(office: Office) -> None:
    named = "urn:department"
    rule = {"Claim": named, "MatchType": "Equals", "Value": "press", "RoleARN": office.writer}
    office.admin.set_identity_pool_roles(
        IdentityPoolId=office.pool, Roles={"authenticated": office.reader},
        RoleMappings={
            office.arn: {
                "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole",
                "RulesConfiguration": {"Rules": [rule]},
            }
        },
    )  # fmt: skip
    press = office.assertion("carol", office.reader, attributes={named: ["sales", "press"]})
    assert office.role_of(press) == "writer"
    assert office.role_of(office.assertion("dave", office.writer, attributes={named: "sales"})) == "reader"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"audience": "urn:other"}, "audience"), ({"recipient": "https://evil.example/saml"}, "Recipient"),
        ({"seconds": -1}, "expired"),
    ],
)  # fmt: skip
def test_an_assertion_that_is_not_for_aws_and_now_is_no_login(
    office: Office, change: dict[str, Any], said: str
) -> None:
    login = office.assertion("carol", office.reader, **change)
    code, message = error_of(office.anyone.get_id, IdentityPoolId=office.pool, Logins=login)
    assert code == "NotAuthorizedException"
    assert said in message


def test_a_forged_assertion_and_a_provider_that_is_not_linked_are_no_logins(office: Office) -> None:
    other = SamlProvider(office.cloud)
    forged = other.encode(other.envelope(other.sign(other.assertion("carol", [(office.reader, office.arn)]))))
    unsigned = office.saml.encode(
        office.saml.envelope(office.saml.assertion("carol", [(office.reader, office.arn)]))
    )
    genuine = office.assertion("carol", office.reader)[office.arn]
    elsewhere = office.iam.create_saml_provider(
        Name="elsewhere", SAMLMetadataDocument=office.saml.metadata.replace("idp.example", "b.example")
    )["SAMLProviderArn"]
    for login in (
        {office.arn: forged}, {office.arn: unsigned}, {office.arn: "garbage"}, {elsewhere: genuine},
    ):  # fmt: skip
        code, _ = error_of(office.anyone.get_id, IdentityPoolId=office.pool, Logins=login)
        assert code == "NotAuthorizedException"


def test_the_classic_flow_is_not_for_saml(cloud: Any) -> None:
    office = Office(cloud, AllowClassicFlow=True)
    login = office.assertion("carol", office.reader)
    identity = office.anyone.get_id(IdentityPoolId=office.pool, Logins=login)["IdentityId"]
    code, _ = error_of(office.anyone.get_open_id_token, IdentityId=identity, Logins=login)
    assert code == "InvalidParameterException"


def test_attributes_become_session_tags(office: Office) -> None:
    named = "urn:team"
    office.admin.set_principal_tag_attribute_map(
        IdentityPoolId=office.pool, IdentityProviderName=office.arn, PrincipalTags={"team": named}
    )
    tagged = office.role(
        "tagged", allow("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    )
    red, blue = (
        office.session(office.assertion(team, tagged, attributes={named: team}))[1].client("s3")
        for team in ("red", "blue")
    )
    red.list_buckets()
    assert error_of(blue.list_buckets)[0] == "AccessDenied"
