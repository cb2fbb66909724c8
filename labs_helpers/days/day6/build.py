"""Building a blueprint in a cloud, by the calls that build it on AWS.

The management account makes organisation, directory and rails. In member accounts everything is made through
`OrganizationAccountAccessRole`, which only the management account can take on. Building again changes what is
otherwise than it was built, and leaves the rest alone.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.clients import client_as
from labs_helpers.days.day6.blueprint import MANAGEMENT, ROOT, Blueprint, filled

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Told = Callable[[int, int, str], None]
"""Is told how far the building is: so many parts of how many, and the part that comes now."""
Part = tuple[str, str, Any]
"""A section of the blueprint, the name of a part in it, and the part as data. None: it goes."""

PLATFORM = "OrganizationAccountAccessRole"
_IMAGE = "ami-03cf127a"
"""One of the images that there are in the cloud."""
_GO_LAST = ("policies", "keys")
"""What others still use until they have been changed."""
_TYPES = {"scps": "SERVICE_CONTROL_POLICY", "rcps": "RESOURCE_CONTROL_POLICY"}
_RAILS = tuple(_TYPES)
_SECTIONS = (
    "units", "accounts", "policies", "groups", "users_of_directory", "permission_sets", "assignments",
    "user_pool", "providers", "users", "roles", "keys", "user_policies", "role_policies", "set_policies", "buckets",
    "bucket_policies", "pool_roles", "trails", "rails",
)  # fmt: skip
"""In the order in which they are built: what another one names must be there before."""


class Company:
    """A company's cloud: what has been built in it, and what AWS called it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.known: dict[str, str] = {MANAGEMENT: cloud.home}
        """What stands for the names in angle brackets."""
        self.ids: dict[tuple[str, str], str] = {}
        """AWS's own ids, by section and name: of units, rails, permission sets, people …"""
        self.keys: dict[str, dict[str, str]] = {}
        """The access keys of users, by the user's name."""
        self.built: dict[tuple[str, str], Any] = {}
        """What stands, as it was built."""
        self.start_url = ""
        self._sessions: dict[str, Mapping[str, str]] = {}

    def account(self, name: str) -> str:
        """An account's number."""
        return self.known[name]

    def client(self, service: str, account: str = MANAGEMENT, region: str | None = None) -> Any:
        """A client of whoever builds: the management account's administrator, or the platform's role in a member."""
        where = region or self.known.get("home")
        if account == MANAGEMENT:
            return client_as(self.cloud, self.cloud.keys("default"), service, where)
        if account not in self._sessions:
            arn = f"arn:aws:iam::{self.account(account)}:role/{PLATFORM}"
            sts = client_as(self.cloud, self.cloud.keys("default"), "sts", where)
            answer = sts.assume_role(RoleArn=arn, RoleSessionName="platform", DurationSeconds=3600)
            self._sessions[account] = answer["Credentials"]
        return client_as(self.cloud, self._sessions[account], service, where)

    def renew(self) -> None:
        """Take on the platform's roles anew: their sessions last for an hour of the lab clock."""
        self._sessions.clear()


def build(
    cloud: Cloud, blueprint: Blueprint, *, company: Company | None = None, told: Told | None = None
) -> Company:
    """Build a blueprint; `company`: where an earlier one was built, of which what differs is changed.

    ClientError for the first call that AWS refuses: what was built until then stands, and building goes on from there.
    """
    company = company or Company(cloud)
    company.known["home"] = blueprint.home
    company.renew()
    if "organization" not in company.known:
        _found(company)
    wanted = dict(_parts(blueprint))
    gone = [place for place in company.built if place not in wanted and place[0] in _REMOVE]
    changed = [place for place, part in wanted.items() if company.built.get(place) != _now(part, company)]
    todo = sorted([*gone, *changed], key=lambda place: _turn(place, wanted, company))
    for number, (section, name) in enumerate(todo, 1):
        if told:
            told(number, len(todo), f"{section.replace('_', ' ')}: {name}")
        if (section, name) not in wanted:
            _REMOVE[section](company, name)
            del company.built[section, name]
            continue
        part = filled(wanted[section, name], company.known)
        _MAKE[section](company, name, part, company.built.get((section, name)))
        company.built[section, name] = part
    return company


def _turn(place: tuple[str, str], wanted: Mapping[tuple[str, str], Any], company: Company) -> int:
    """When a part is changed: rails that stand come first, and new ones last, since they may stop the platform, too."""
    section, _ = place
    if section == "rails":
        return 0 if place in company.built else 4
    if place in wanted:
        return 2
    return 3 if section in _GO_LAST else 1


def _now(part: Any, company: Company) -> Any:
    """A part with what is known put in; something that nothing is equal to if not all is known yet."""
    try:
        return filled(part, company.known)
    except LookupError:
        return object()


def _found(company: Company) -> None:
    """Found the organisation, switch on its types of policies, and let the services in that it works with."""
    organizations = company.client("organizations")
    made = organizations.create_organization(FeatureSet="ALL")["Organization"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    for kind in _TYPES.values():
        organizations.enable_policy_type(RootId=root, PolicyType=kind)
    for service in ("cloudtrail.amazonaws.com", "sso.amazonaws.com"):
        organizations.enable_aws_service_access(ServicePrincipal=service)
    company.known["organization"] = made["Id"]
    company.ids["units", ROOT] = root
    center = company.cloud.identity_center(company.known["home"])
    company.ids["center", "instance"] = center.instance_arn
    company.ids["center", "store"] = center.identity_store_id
    company.start_url = center.start_url


def _parts(blueprint: Blueprint) -> Iterator[tuple[tuple[str, str], Any]]:
    """All that a blueprint is made of, as data, in the order in which it is built."""
    data = blueprint.model_dump(mode="json")
    sections = _sections(data)
    for section in _SECTIONS:
        for name, part in sections[section].items():
            yield (section, name), part


def _sections(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    people, customers = data["people"], data["customers"]
    placed = {f"{each['account']}/{each['name']}": each for each in data["roles"]}
    users = {f"{each['account']}/{each['name']}": each for each in data["users"]}
    rails = {f"{kind}/{rail['name']}": rail for kind in _RAILS for rail in data[kind]}
    return {
        "units": {unit["name"]: unit for unit in data["units"]},
        "accounts": {name: account["unit"] for name, account in data["accounts"].items()},
        "policies": {
            f"{account}/{each['name']}": {**each, "account": account}
            for each in data["policies"]
            for account in each["accounts"]
        },
        "groups": {group: group for groups in people["users"].values() for group in groups},
        "users_of_directory": people["users"],
        "permission_sets": {
            each["name"]: {name: each[name] for name in ("about", "session", "managed", "boundary")}
            for each in people["permission_sets"]
        },
        "set_policies": {each["name"]: each["policy"] for each in people["permission_sets"]},
        "assignments": {
            f"{each['group']}/{each['permission_set']}/{account}": {**each, "account": account}
            for each in people["assignments"]
            for account in each["accounts"]
        },
        "user_pool": {customers["user_pool"]: customers},
        "pool_roles": {customers["identity_pool"]: customers},
        "providers": {f"{each['account']}/{each['url']}": each for each in data["providers"]},
        "users": {name: _bare(each) for name, each in users.items()},
        "roles": {name: _bare(each) for name, each in placed.items()},
        "keys": {key["alias"]: key for key in data["keys"]},
        "user_policies": users,
        "role_policies": placed,
        "buckets": {bucket["name"]: {**bucket, "policy": None} for bucket in data["buckets"]},
        "bucket_policies": {bucket["name"]: bucket for bucket in data["buckets"]},
        "trails": {trail["name"]: trail for trail in data["trails"]},
        "rails": rails,
    }


def _bare(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in ("policies", "managed")}


def _text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))


# The organisation


def _unit(company: Company, name: str, part: Any, before: Any) -> None:
    parent = company.ids["units", part["parent"]]
    made = company.client("organizations").create_organizational_unit(ParentId=parent, Name=name)
    company.ids["units", name] = made["OrganizationalUnit"]["Id"]


def _account(company: Company, name: str, unit: str, before: Any) -> None:
    organizations = company.client("organizations")
    if before is None:
        asked = organizations.create_account(AccountName=name, Email=f"{name}@larkspur.example")
        request = asked["CreateAccountStatus"]["Id"]
        status = organizations.describe_create_account_status(CreateAccountRequestId=request)
        company.known[name] = status["CreateAccountStatus"]["AccountId"]
    source, target = company.ids["units", before or ROOT], company.ids["units", unit]
    if source != target:
        organizations.move_account(
            AccountId=company.known[name], SourceParentId=source, DestinationParentId=target
        )


def _target(company: Company, name: str) -> str:
    return company.ids.get(("units", name)) or company.known[name]


def _rail(company: Company, name: str, part: Any, before: Any) -> None:
    organizations = company.client("organizations")
    kind, _, own = name.partition("/")
    content = _text(part["policy"])
    if before is None:
        made = organizations.create_policy(
            Name=own, Description=part["about"][:500], Type=_TYPES[kind], Content=content
        )
        company.ids["rails", name] = made["Policy"]["PolicySummary"]["Id"]
    policy = company.ids["rails", name]
    if before is not None and before["policy"] != part["policy"]:
        organizations.update_policy(PolicyId=policy, Content=content)
    there = set(before["targets"]) if before else set()
    for target in sorted(set(part["targets"]) - there):
        organizations.attach_policy(PolicyId=policy, TargetId=_target(company, target))
    for target in sorted(there - set(part["targets"])):
        organizations.detach_policy(PolicyId=policy, TargetId=_target(company, target))


def _rail_goes(company: Company, name: str) -> None:
    organizations, policy = company.client("organizations"), company.ids.pop(("rails", name))
    for target in company.built["rails", name]["targets"]:
        organizations.detach_policy(PolicyId=policy, TargetId=_target(company, target))
    organizations.delete_policy(PolicyId=policy)


# People


def _store(company: Company) -> dict[str, str]:
    return {"IdentityStoreId": company.ids["center", "store"]}


def _instance(company: Company) -> dict[str, str]:
    return {"InstanceArn": company.ids["center", "instance"]}


def _group(company: Company, name: str, part: Any, before: Any) -> None:
    made = company.client("identitystore").create_group(DisplayName=name, **_store(company))
    company.ids["groups", name] = made["GroupId"]


def _person(company: Company, name: str, groups: Any, before: Any) -> None:
    store = company.client("identitystore")
    if before is None:
        made = store.create_user(
            UserName=name,
            DisplayName=name.title(),
            Name={"GivenName": name.title(), "FamilyName": "Larkspur"},
            **_store(company),
        )
        company.ids["users", name] = made["UserId"]
    user = company.ids["users", name]
    for group in sorted(set(groups) - set(before or ())):
        made = store.create_group_membership(
            GroupId=company.ids["groups", group], MemberId={"UserId": user}, **_store(company)
        )
        company.ids["memberships", f"{name}/{group}"] = made["MembershipId"]
    for group in sorted(set(before or ()) - set(groups)):
        membership = company.ids.pop(("memberships", f"{name}/{group}"))
        store.delete_group_membership(MembershipId=membership, **_store(company))


def _person_goes(company: Company, name: str) -> None:
    company.client("identitystore").delete_user(UserId=company.ids.pop(("users", name)), **_store(company))


def _permission_set(company: Company, name: str, part: Any, before: Any) -> None:
    admin = company.client("sso-admin")
    if before is None:
        made = admin.create_permission_set(
            Name=name, Description=part["about"][:700], SessionDuration=part["session"], **_instance(company)
        )
        company.ids["sets", name] = made["PermissionSet"]["PermissionSetArn"]
        company.known[f"permission-set:{name}"] = (
            f"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{name}_*"
        )
    here = {**_instance(company), "PermissionSetArn": company.ids["sets", name]}
    if before is not None and before["session"] != part["session"]:
        admin.update_permission_set(SessionDuration=part["session"], **here)
    held = set(before["managed"]) if before else set()
    for arn in sorted(set(part["managed"]) - held):
        admin.attach_managed_policy_to_permission_set(ManagedPolicyArn=arn, **here)
    for arn in sorted(held - set(part["managed"])):
        admin.detach_managed_policy_from_permission_set(ManagedPolicyArn=arn, **here)
    _set_boundary(admin, here, part["boundary"], before["boundary"] if before else None)
    _provisioned(company, name)


def _set_boundary(admin: Any, here: Mapping[str, str], now: str | None, before: str | None) -> None:
    if now == before:
        return
    if before is not None:
        admin.delete_permissions_boundary_from_permission_set(**here)
    if now is not None:
        boundary = {"CustomerManagedPolicyReference": {"Name": now}}
        admin.put_permissions_boundary_to_permission_set(PermissionsBoundary=boundary, **here)


def _set_policy(company: Company, name: str, policy: Any, before: Any) -> None:
    admin = company.client("sso-admin")
    here = {**_instance(company), "PermissionSetArn": company.ids["sets", name]}
    if policy is not None:
        admin.put_inline_policy_to_permission_set(InlinePolicy=_text(policy), **here)
    elif before is not None:
        admin.delete_inline_policy_from_permission_set(**here)
    _provisioned(company, name)


def _provisioned(company: Company, name: str) -> None:
    """Bring a permission set to the accounts that it is assigned in, if there are any."""
    assigned = any(
        section == "assignments" and part["permission_set"] == name
        for (section, _), part in company.built.items()
    )
    if assigned:
        company.client("sso-admin").provision_permission_set(
            PermissionSetArn=company.ids["sets", name],
            TargetType="ALL_PROVISIONED_ACCOUNTS",
            **_instance(company),
        )


def _assignment_of(company: Company, part: Any) -> dict[str, str]:
    return {
        "PermissionSetArn": company.ids["sets", part["permission_set"]],
        "PrincipalType": "GROUP",
        "PrincipalId": company.ids["groups", part["group"]],
        "TargetType": "AWS_ACCOUNT",
        "TargetId": company.known[part["account"]],
        **_instance(company),
    }


def _assignment(company: Company, name: str, part: Any, before: Any) -> None:
    if before is None:
        company.client("sso-admin").create_account_assignment(**_assignment_of(company, part))


def _assignment_goes(company: Company, name: str) -> None:
    part = company.built["assignments", name]
    company.client("sso-admin").delete_account_assignment(**_assignment_of(company, part))


# Customers


def _user_pool(company: Company, name: str, part: Any, before: Any) -> None:
    idp = company.client("cognito-idp", part["account"])
    policy = {"PasswordPolicy": {"MinimumLength": part["minimum_length"]}}
    sign_up = {"AllowAdminCreateUserOnly": not part["self_sign_up"]}
    if before is None:
        made = idp.create_user_pool(
            PoolName=name,
            Policies=policy,
            AdminCreateUserConfig=sign_up,
            AutoVerifiedAttributes=["email"],
            UsernameAttributes=["email"],
        )
        company.known["user-pool"] = made["UserPool"]["Id"]
        made = idp.create_user_pool_client(
            UserPoolId=company.known["user-pool"], ClientName="website", **_client_options(part)
        )
        company.known["client"] = made["UserPoolClient"]["ClientId"]
    else:
        idp.update_user_pool(
            UserPoolId=company.known["user-pool"],
            Policies=policy,
            AdminCreateUserConfig=sign_up,
            AutoVerifiedAttributes=["email"],
        )
        idp.update_user_pool_client(
            UserPoolId=company.known["user-pool"],
            ClientId=company.known["client"],
            ClientName="website",
            **_client_options(part),
        )
    if before is not None or part["mfa"] != "OFF":  # an update that does not say it switches it off
        software = {"SoftwareTokenMfaConfiguration": {"Enabled": True}} if part["mfa"] != "OFF" else {}
        idp.set_user_pool_mfa_config(
            UserPoolId=company.known["user-pool"], MfaConfiguration=part["mfa"], **software
        )
    _identity_pool(company, part, before)


def _client_options(part: Mapping[str, Any]) -> dict[str, Any]:
    hides = "ENABLED" if part["hide_who_exists"] else "LEGACY"
    return {"ExplicitAuthFlows": part["flows"], "PreventUserExistenceErrors": hides}


def _identity_pool(company: Company, part: Any, before: Any) -> None:
    identity = company.client("cognito-identity", part["account"])
    region, pool = company.known["home"], company.known["user-pool"]
    options = {
        "IdentityPoolName": part["identity_pool"],
        "AllowUnauthenticatedIdentities": part["guest"] is not None,
        "AllowClassicFlow": part["allow_classic"],
        "CognitoIdentityProviders": [
            {
                "ProviderName": f"cognito-idp.{region}.amazonaws.com/{pool}",
                "ClientId": company.known["client"],
                "ServerSideTokenCheck": True,
            }
        ],
    }
    if before is None:
        made = identity.create_identity_pool(**options)
        company.known["identity-pool"] = made["IdentityPoolId"]
    else:
        identity.update_identity_pool(IdentityPoolId=company.known["identity-pool"], **options)


def _pool_roles(company: Company, name: str, part: Any, before: Any) -> None:
    roles = {"authenticated": part["customer"], "unauthenticated": part["guest"]}
    identity = company.client("cognito-identity", part["account"])
    account = company.known[part["account"]]
    identity.set_identity_pool_roles(
        IdentityPoolId=company.known["identity-pool"],
        Roles={kind: f"arn:aws:iam::{account}:role/customers/{role}" for kind, role in roles.items() if role},
    )


# IAM


def _managed_policy(company: Company, name: str, part: Any, before: Any) -> None:
    iam = company.client("iam", part["account"])
    arn = _policy_arn(company, part)
    if before is None:
        iam.create_policy(
            PolicyName=part["name"],
            Path=part["path"],
            Description=part["about"][:900],
            PolicyDocument=_text(part["policy"]),
        )
        return
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_text(part["policy"]), SetAsDefault=True)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])


def _policy_arn(company: Company, part: Any) -> str:
    return f"arn:aws:iam::{company.known[part['account']]}:policy{part['path']}{part['name']}"


def _managed_policy_goes(company: Company, name: str) -> None:
    part = company.built["policies", name]
    company.client("iam", part["account"]).delete_policy(PolicyArn=_policy_arn(company, part))


def _provider(company: Company, name: str, part: Any, before: Any) -> None:
    iam = company.client("iam", part["account"])
    if before is None:
        iam.create_open_id_connect_provider(Url=part["url"], ClientIDList=part["audiences"])
        return
    host = part["url"].removeprefix("https://")
    arn = {
        "OpenIDConnectProviderArn": f"arn:aws:iam::{company.account(part['account'])}:oidc-provider/{host}"
    }
    for audience in set(part["audiences"]) - set(before["audiences"]):
        iam.add_client_id_to_open_id_connect_provider(**arn, ClientID=audience)
    for audience in set(before["audiences"]) - set(part["audiences"]):
        iam.remove_client_id_from_open_id_connect_provider(**arn, ClientID=audience)


def _role(company: Company, name: str, part: Any, before: Any) -> None:
    iam, named = company.client("iam", part["account"]), {"RoleName": part["name"]}
    if before is None:
        boundary = {"PermissionsBoundary": part["boundary"]} if part["boundary"] else {}
        iam.create_role(
            **named,
            Path=part["path"],
            AssumeRolePolicyDocument=_text(part["trust"]),
            Description=part["about"][:900],
            MaxSessionDuration=part["session_hours"] * 3600,
            **boundary,
        )
        if _of_instances(part["trust"]):
            _instance_of(company, part)
        return
    if before["trust"] != part["trust"]:
        iam.update_assume_role_policy(**named, PolicyDocument=_text(part["trust"]))
    if before["session_hours"] != part["session_hours"]:
        iam.update_role(**named, MaxSessionDuration=part["session_hours"] * 3600)
    if part["boundary"] is None and before["boundary"]:
        iam.delete_role_permissions_boundary(**named)
    elif part["boundary"] != before["boundary"]:
        iam.put_role_permissions_boundary(**named, PermissionsBoundary=part["boundary"])


def _of_instances(trust: Mapping[str, Any]) -> bool:
    return "ec2.amazonaws.com" in _text(trust)


def _instance_of(company: Company, part: Any) -> None:
    """An instance that runs as the role, in the home Region, which gives its credentials to those who come by token."""
    iam, name = company.client("iam", part["account"]), part["name"]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    ec2 = company.client("ec2", part["account"])
    made = ec2.run_instances(
        ImageId=_IMAGE,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        IamInstanceProfile={"Name": name},
        MetadataOptions={"HttpTokens": "required"},
    )
    company.ids["instances", f"{part['account']}/{name}"] = made["Instances"][0]["InstanceId"]


def _role_policies(company: Company, name: str, part: Any, before: Any) -> None:
    iam, named = company.client("iam", part["account"]), {"RoleName": part["name"]}
    held, managed = (before["policies"], set(before["managed"])) if before else ({}, set())
    for own, document in part["policies"].items():
        if held.get(own) != document:
            iam.put_role_policy(**named, PolicyName=own, PolicyDocument=_text(document))
    for own in held.keys() - part["policies"].keys():
        iam.delete_role_policy(**named, PolicyName=own)
    for arn in sorted(set(part["managed"]) - managed):
        iam.attach_role_policy(**named, PolicyArn=arn)
    for arn in sorted(managed - set(part["managed"])):
        iam.detach_role_policy(**named, PolicyArn=arn)


def _user(company: Company, name: str, part: Any, before: Any) -> None:
    iam, named = company.client("iam", part["account"]), {"UserName": part["name"]}
    if before is None:
        boundary = {"PermissionsBoundary": part["boundary"]} if part["boundary"] else {}
        iam.create_user(**named, Path=part["path"], **boundary)
        company.keys[part["name"]] = iam.create_access_key(**named)["AccessKey"]
    elif part["boundary"] is None and before["boundary"]:
        iam.delete_user_permissions_boundary(**named)
    elif part["boundary"] != before["boundary"]:
        iam.put_user_permissions_boundary(**named, PermissionsBoundary=part["boundary"])


def _user_policies(company: Company, name: str, part: Any, before: Any) -> None:
    iam, named = company.client("iam", part["account"]), {"UserName": part["name"]}
    held = before["policies"] if before else {}
    for own, document in part["policies"].items():
        if held.get(own) != document:
            iam.put_user_policy(**named, PolicyName=own, PolicyDocument=_text(document))
    for own in held.keys() - part["policies"].keys():
        iam.delete_user_policy(**named, PolicyName=own)


# Keys, buckets, trails


def _key(company: Company, name: str, part: Any, before: Any) -> None:
    kms = company.client("kms", part["account"])
    if before is None and ("keys", name) in company.ids:
        _key_comes_back(company, name, part)
    elif before is None:
        made = kms.create_key(Description=part["about"][:8000], Policy=_text(part["policy"]))
        company.known[f"key:{name}"] = made["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=made["KeyMetadata"]["KeyId"])
    elif before["policy"] != part["policy"]:
        kms.put_key_policy(KeyId=company.known[f"key:{name}"], Policy=_text(part["policy"]))
    if part["rotation"] != (before["rotation"] if before else False):
        change = kms.enable_key_rotation if part["rotation"] else kms.disable_key_rotation
        change(KeyId=company.known[f"key:{name}"])


def _key_comes_back(company: Company, name: str, part: Any) -> None:
    """A key that was to be deleted: what it encrypted is still there."""
    kms, key = company.client("kms", part["account"]), company.ids.pop(("keys", name))
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.put_key_policy(KeyId=key, Policy=_text(part["policy"]))
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    company.known[f"key:{name}"] = key


def _key_goes(company: Company, name: str) -> None:
    part = company.built["keys", name]
    kms, key = company.client("kms", part["account"]), company.known[f"key:{name}"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    kms.delete_alias(AliasName=f"alias/{name}")
    company.ids["keys", name] = company.known.pop(f"key:{name}")


def _bucket(company: Company, name: str, part: Any, before: Any) -> None:
    s3, bucket = company.client("s3", part["account"]), {"Bucket": part["name"]}
    if before is None:
        s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": company.known["home"]})
    if part["versioning"] != (before["versioning"] if before else False):
        status = "Enabled" if part["versioning"] else "Suspended"
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": status})
    for key, body in part["objects"].items():
        if before is None or before["objects"].get(key) != body:
            s3.put_object(**bucket, Key=key, Body=body.encode())
    if part["key"] != (before["key"] if before else None):
        s3.put_bucket_encryption(
            **bucket, ServerSideEncryptionConfiguration=_encryption(company, part["key"])
        )
    if part["closed"] != (before["closed"] if before else True):
        _close(s3, bucket, part["closed"])


def _encryption(company: Company, key: str | None) -> dict[str, Any]:
    default: dict[str, Any] = {"SSEAlgorithm": "AES256"}
    if key is not None:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": company.known[f"key:{key}"]}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False}]}


def _close(s3: Any, bucket: Mapping[str, str], closed: bool) -> None:
    every = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=dict.fromkeys(every, closed))


def _bucket_policy(company: Company, name: str, part: Any, before: Any) -> None:
    s3, bucket = company.client("s3", part["account"]), {"Bucket": part["name"]}
    if part["policy"] is not None:
        s3.put_bucket_policy(**bucket, Policy=_text(part["policy"]))
    elif before is not None and before["policy"] is not None:
        s3.delete_bucket_policy(**bucket)


def _trail(company: Company, name: str, part: Any, before: Any) -> None:
    cloudtrail = company.client("cloudtrail", part["account"])
    options = {
        "Name": name,
        "S3BucketName": part["bucket"],
        "IsMultiRegionTrail": part["all_regions"],
        "EnableLogFileValidation": part["validated"],
        "IsOrganizationTrail": part["organization"],
        "KmsKeyId": company.known[f"key:{part['key']}"] if part["key"] else "",
    }
    if before is None:
        cloudtrail.create_trail(**{each: value for each, value in options.items() if value != ""})
    else:
        cloudtrail.update_trail(**options)
    if part["data"] != (before["data"] if before else []):
        cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=_selectors(part["data"]))
    if before is None:
        cloudtrail.start_logging(Name=name)


def _selectors(buckets: list[str]) -> list[dict[str, Any]]:
    management = {"Field": "eventCategory", "Equals": ["Management"]}
    chosen = [{"Name": "management", "FieldSelectors": [management]}]
    if buckets:
        arns = [f"arn:aws:s3:::{bucket}/" for bucket in buckets]
        fields = [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": arns},
        ]
        chosen.append({"Name": "objects", "FieldSelectors": fields})
    return chosen


def _trail_goes(company: Company, name: str) -> None:
    part = company.built["trails", name]
    company.client("cloudtrail", part["account"]).delete_trail(Name=name)


_MAKE: dict[str, Callable[[Company, str, Any, Any], None]] = {
    "units": _unit,
    "accounts": _account,
    "rails": _rail,
    "groups": _group,
    "users_of_directory": _person,
    "permission_sets": _permission_set,
    "set_policies": _set_policy,
    "assignments": _assignment,
    "user_pool": _user_pool,
    "pool_roles": _pool_roles,
    "policies": _managed_policy,
    "providers": _provider,
    "roles": _role,
    "role_policies": _role_policies,
    "users": _user,
    "user_policies": _user_policies,
    "keys": _key,
    "buckets": _bucket,
    "bucket_policies": _bucket_policy,
    "trails": _trail,
}
_REMOVE: dict[str, Callable[[Company, str], None]] = {
    "rails": _rail_goes,
    "users_of_directory": _person_goes,
    "assignments": _assignment_goes,
    "policies": _managed_policy_goes,
    "keys": _key_goes,
    "trails": _trail_goes,
}


def restore(company: Company, section: str, name: str) -> None:
    """Make a part as it was built, whatever was done to it since: the policy of a bucket, whether a bucket keeps
    versions, boundary and trust of a role, a trail.

    KeyError for a part that was not built.
    """
    part = company.built[section, name]
    if section == "trails":
        _trail_restored(company, name, part)
    else:
        _MAKE[section](company, name, part, {**part, **_UNLIKE[section]})


def restore_bucket_policies(company: Company) -> None:
    """Make the policies of all buckets as they were built, whoever wrote others since. ClientError as `build`."""
    for section, name in company.built:
        if section == "bucket_policies":
            restore(company, section, name)


def unlock(company: Company) -> None:
    """Take away what may stop whoever builds: all rails, and the policies of buckets, as the accounts' root users can.

    What was taken away counts as not built. ClientError as `build`.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    """
    for section, name in [place for place in company.built if place[0] == "rails"]:
        _rail_goes(company, name)
        del company.built[section, name]
    for (section, name), part in company.built.items():
        if section == "bucket_policies" and part["policy"] is not None:
            number = company.account(part["account"])
            company.cloud.root(number)
            root = client_as(company.cloud, company.cloud.keys(f"root-{number}"), "s3", company.known["home"])
            root.delete_bucket_policy(Bucket=part["name"])
            company.built[section, name] = {**part, "policy": None}


def _trail_restored(company: Company, name: str, part: Any) -> None:
    cloudtrail = company.client("cloudtrail", part["account"])
    gone = not cloudtrail.describe_trails(trailNameList=[name])["trailList"]
    _trail(company, name, part, None if gone else {**part, "data": None})
    cloudtrail.start_logging(Name=name)


_UNLIKE: dict[str, dict[str, Any]] = {
    "bucket_policies": {"policy": {}},
    "buckets": {"versioning": None},
    "roles": {"boundary": "another", "trust": {}},
}
"""What to take for built, so that a part counts as changed and is made again."""


def denied(error: ClientError) -> bool:
    """Whether a policy denied the call in so many words: whoever builds needs an exemption from it."""
    return "explicit deny" in error.response["Error"].get("Message", "")


def refusal(error: ClientError) -> str:
    """What AWS answered to a call of the building, with the call: `CreateRole: AccessDenied: …`."""
    answer = error.response["Error"]
    return f"{error.operation_name}: {answer['Code']}: {answer.get('Message', '')}"
