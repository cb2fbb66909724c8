"""The paths that tries use to name a member of AWS's answer."""

from __future__ import annotations

import pytest

from labs_helpers.course.situations.staging import member

ANSWER = {
    "Tags": [{"Key": "Team", "Value": "a"}, {"Key": "CostCenter", "Value": "7"}],
    "EnabledServicePrincipals": [
        {"ServicePrincipal": "sso.amazonaws.com"},
        {"ServicePrincipal": "config.amazonaws.com", "DateEnabled": 1},
    ],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Tags.0.Value", "a"),
        ("Tags.Key=CostCenter.Value", "7"),
        ("Tags.Key=Other.Value", None),
        ('EnabledServicePrincipals.ServicePrincipal="config.amazonaws.com".DateEnabled', 1),
        ('EnabledServicePrincipals.ServicePrincipal="access-analyzer.amazonaws.com".DateEnabled', None),
        ("Tags.2", None),
    ],
)
def test_a_path_leads_to_a_member_by_number_or_by_value(path: str, found: object) -> None:
    assert member(ANSWER, path) == found
