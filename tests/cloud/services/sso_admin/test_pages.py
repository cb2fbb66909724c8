"""Every list operation of Identity Center and its identity store is paginated, and the pages are complete."""

from __future__ import annotations

from tests.cloud.services.organizations.conftest import refusal


def filled(center):
    """Return each list operation's parameters, in an instance that has several of everything."""
    admin, of = center.admin, {"InstanceArn": center.arn}
    users = [center.user(f"user{number}") for number in range(3)]
    groups = [center.group(f"group{number}", *users) for number in range(3)]
    accounts = [center.org.member(f"account{number}") for number in range(2)]
    sets = [center.permission_set(f"Set{number}") for number in range(3)]
    for permission_set in sets:
        for account in accounts:
            center.assign(account, permission_set, users[0])
        center.assign(accounts[0], permission_set, users[1])
        center.assign(accounts[0], permission_set, users[2])
        center.provision(permission_set)
        center.unassign(accounts[0], permission_set, users[2])
    one = of | {"PermissionSetArn": sets[0]}
    for name in ("a", "b"):
        admin.attach_customer_managed_policy_reference_to_permission_set(
            **one, CustomerManagedPolicyReference={"Name": name}
        )
    admin.attach_managed_policy_to_permission_set(
        **one, ManagedPolicyArn="arn:aws:iam::aws:policy/PowerUserAccess"
    )
    who, store = {"PrincipalId": users[0], "PrincipalType": "USER"}, {"IdentityStoreId": center.store_id}
    return {
        admin: {
            "list_account_assignment_creation_status": of,
            "list_account_assignment_deletion_status": of,
            "list_account_assignments": one | {"AccountId": accounts[0]},
            "list_account_assignments_for_principal": of | who,
            "list_accounts_for_provisioned_permission_set": one,
            "list_customer_managed_policy_references_in_permission_set": one,
            "list_managed_policies_in_permission_set": one,
            "list_permission_set_provisioning_status": of,
            "list_permission_sets": of,
            "list_permission_sets_provisioned_to_account": of | {"AccountId": accounts[0]},
        },
        center.store: {
            "list_users": store,
            "list_groups": store,
            "list_group_memberships": store | {"GroupId": groups[0]},
            "list_group_memberships_for_member": store | {"MemberId": {"UserId": users[0]}},
        },
    }


def test_pages_are_the_whole_and_tokens_are_good_for_their_own_list(center):
    token_elsewhere = None
    for client, lists in filled(center).items():
        for name, given in lists.items():
            paginator = client.get_paginator(name)
            items = paginator.result_keys[0].expression
            whole = getattr(client, name)(**given)
            pages = list(paginator.paginate(**given, PaginationConfig={"PageSize": 1}))
            assert len(whole[items]) > 1, name
            assert "NextToken" not in whole, name
            assert [each for page in pages for each in page[items]] == whole[items], name
            assert {len(page[items]) for page in pages} == {1}, name
            for token in ("forged", token_elsewhere):
                if token is not None:
                    assert refusal(getattr(client, name), **given, NextToken=token)[0] == (
                        "ValidationException"
                    ), name
            token_elsewhere = pages[0]["NextToken"]
