"""Every table is complete, and contains only names from the Service Authorization Reference."""

from __future__ import annotations

import subprocess
import sys

import pytest
from moto.backends import get_backend
from moto.cloudtrail.responses import CloudTrailResponse
from moto.cognitoidentity.responses import CognitoIdentityResponse
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.identitystore.responses import IdentityStoreResponse
from moto.kms.responses import KmsResponse
from moto.organizations.responses import OrganizationsResponse
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.ssoadmin.responses import SSOAdminResponse

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.gate.authorize import modelled
from labs_helpers.cloud.moto import hooks
from tests.cloud.services import tables

RESPONSES = {
    "kms": KmsResponse, "cognito_idp": CognitoIdpResponse, "cognito_identity": CognitoIdentityResponse,
    "organizations": OrganizationsResponse, "sso_admin": SSOAdminResponse, "identitystore": IdentityStoreResponse,
    "cloudtrail": CloudTrailResponse, "secretsmanager": SecretsManagerResponse, "iam_toolbox": None,
    "accessanalyzer": None,
}  # fmt: skip
"""Module → moto's response class; None where moto has no such service."""


@pytest.fixture(autouse=True)
def _empty_cloud():
    hooks.reset(7)


@pytest.mark.parametrize("module", RESPONSES)
def test_every_operation_of_the_service_is_modelled(module, capsys):
    found = tables.coverage(tables.table(module), RESPONSES[module])
    with capsys.disabled():
        print(f"\n{module}: {found}", end="")
    assert found["of them in the table"] == found["operations"]
    assert found["of those in the table"] == found["served by moto"]
    assert found["unknown to botocore"] == 0
    assert RESPONSES[module] is None or found["served by moto"] > 5


@pytest.mark.parametrize("module", tables.REFUSED)
def test_what_is_not_modelled_is_refused_by_name_and_says_where_it_would_be_added(module):
    service = tables.table(module).service
    assert tables.refused(module) <= set(tables.model_of(service).operation_names)
    for operation in tables.refused(module):
        with pytest.raises(NotModelled) as refusal:
            modelled(service, operation)
        assert str(refusal.value).startswith(f"{service}:{operation} isn't modeled")
        assert str(refusal.value).endswith(f"labs_helpers/cloud/services/{module}/table.py")


@pytest.mark.parametrize("module", RESPONSES)
def test_actions_and_resource_types_are_those_of_the_service_authorization_reference(module):
    assert list(tables.wrong_rows(tables.table(module))) == []


@pytest.mark.parametrize("module", RESPONSES)
def test_every_resource_type_that_an_action_requires_is_asked_about(module):
    assert list(tables.required_types_left_out(tables.table(module))) == []


@pytest.mark.parametrize("module", RESPONSES)
@pytest.mark.parametrize("full", [True, False], ids=["all parameters", "required parameters"])
def test_condition_keys_are_global_or_listed_for_the_action(module, full):
    found = tables.table(module)
    wrong = {
        f"{operation}: {ask.action}": tables.unknown_keys(ask)
        for operation, asks in tables.sample_asks(found, full)
        for ask in asks
        if tables.unknown_keys(ask)
    }
    assert wrong == {}


@pytest.mark.parametrize("module", RESPONSES)
@pytest.mark.parametrize("full", [True, False], ids=["all parameters", "required parameters"])
def test_an_operation_asks_for_something_unless_it_is_public(module, full):
    found = tables.table(module)
    for operation, asks in tables.sample_asks(found, full):
        assert bool(asks) == (operation not in found.public_operations), operation
        assert all(ask.resource for ask in asks)


@pytest.mark.parametrize("module", ["cognito_idp", "cognito_identity"])
def test_operations_that_take_no_credentials_are_public(module):
    found = tables.table(module)
    model = tables.model_of(found.service)
    unsigned = {name for name in model.operation_names if model.operation_model(name).auth_type == "none"}
    # GetClientToken is signed by SDKs, yet its page says that IAM policies are not evaluated.
    assert set(found.public_operations) - {"GetClientToken"} == unsigned
    assert all(
        source.startswith("https://docs.aws.amazon.com/") for source in found.public_operations.values()
    )


@pytest.mark.parametrize("module", [name for name in RESPONSES if not name.startswith("cognito")])
def test_no_other_service_performs_anything_unasked(module):
    assert dict(tables.table(module).public_operations) == {}


def test_a_public_operation_cannot_ask_for_an_action_too():
    with pytest.raises(ValueError, match="cognito-idp:ListUsers"):
        tables.table("cognito_idp").public("ListUsers", source="https://docs.aws.amazon.com/")


def test_a_table_does_not_import_its_service_from_moto():
    # CloudTrail is at work from the first call on: its view extends moto's trails.
    lazy = {name: kind for name, kind in RESPONSES.items() if name != "cloudtrail"}
    modules = ", ".join(f"labs_helpers.cloud.services.{name}.table" for name in lazy)
    models = sorted({kind.__module__.replace("responses", "models") for kind in lazy.values() if kind})
    script = f"import sys, {modules}; print([name for name in {models} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_moto_has_the_services_that_the_views_ask_it_for():
    for module in RESPONSES:
        if RESPONSES[module] is not None:
            assert get_backend(tables.table(module).service) is not None
