"""The blueprint as CloudFormation: a template for each account, and a StackSet that deploys each member's template.

Names in angle brackets become Fn::Sub with parameters and resources. The organization itself, the directory's users,
access keys, and objects are not included, as the README in the same folder explains. The guardrails have their own
template, which comes last.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.course.days.day6.blueprint import (
    MANAGEMENT,
    PLACEHOLDER,
    ROOT,
    Blueprint,
    Bucket,
    Key,
    Role,
    Trail,
    User,
    placeholders,
)

_VARIABLE = re.compile(r"\$\{(?!!)")
_TYPES = {"scps": "SERVICE_CONTROL_POLICY", "rcps": "RESOURCE_CONTROL_POLICY"}
_ABOUT = {
    "organization": ("Organization", "The organization's ID, o-…"),
    "user-pool": ("UserPool", "The ID of the customers' user pool"),
    "client": ("Client", "The ID of the website's app client"),
    "identity-pool": ("IdentityPool", "The ID of the customers' identity pool"),
}
_ID = {"Type": "String"}
_EVERY = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

GUARDRAILS = "guardrails.template.json"
"""The file of the guardrails' template."""

Template = dict[str, Any]


def templates(blueprint: Blueprint) -> dict[str, Template]:
    """Return the templates by the names of their files."""
    made = {"organization.template.json": _organization(blueprint)}
    if blueprint.scps or blueprint.rcps:
        made[GUARDRAILS] = _guardrails(blueprint)
    for account in deployment_order(blueprint):
        template = _member(blueprint, account)
        assert template is not None, f"{account} is among those that have a template"
        if account == MANAGEMENT:
            made["management.template.json"] = template
        else:
            made[f"member-{account}.template.json"] = template
            made[f"stackset-{account}.template.json"] = _stack_set(blueprint, account, template)
    return made


def deployment_order(blueprint: Blueprint) -> list[str]:
    """Return the accounts with a template, in order: an account follows the accounts whose keys or pools it needs."""
    waiting = {name: each for name in (*blueprint.accounts, MANAGEMENT) if (each := _member(blueprint, name))}
    given, ordered = set[str](), list[str]()
    while waiting:
        lacking = {name: _needs(template) - given for name, template in waiting.items()}
        chosen = min(waiting, key=lambda name: (len(lacking[name]), name == MANAGEMENT))
        given |= waiting.pop(chosen).get("Outputs", {}).keys()
        ordered.append(chosen)
    return ordered


def _needs(template: Template) -> set[str]:
    """Return the parameters that are other accounts' outputs."""
    return {
        name for name in template.get("Parameters", {}) if not name.startswith(("Account", "Organization"))
    }


class _TemplateBuilder:
    """A template in progress: its resources, and the parameters that they need."""

    def __init__(self, blueprint: Blueprint, about: str, own: Mapping[str, str]) -> None:
        self._blueprint, self._about, self._own = blueprint, about, own
        self.resources: dict[str, Any] = {}
        self.parameters: dict[str, Any] = {}

    def add(self, name: str, kind: str, properties: Mapping[str, Any], **more: Any) -> str:
        """Add a resource and return its logical ID."""
        given = {key: value for key, value in properties.items() if value not in (None, [], {})}
        self.resources[name] = {"Type": kind, **more, "Properties": self.text(given)}
        return name

    def parameter(self, name: str, about: str) -> dict[str, str]:
        """Return a reference to a parameter, adding the parameter if necessary."""
        self.parameters.setdefault(name, {**_ID, "Description": about})
        return {"Ref": name}

    def text(self, value: Any) -> Any:
        """Return a value with the names in angle brackets replaced by CloudFormation references."""
        if isinstance(value, str):
            return self._filled(value)
        if isinstance(value, Mapping):
            if value.keys() <= {"Ref", "Fn::GetAtt"}:
                return dict(value)
            return {key: self.text(each) for key, each in value.items()}
        return [self.text(each) for each in value] if isinstance(value, (list, tuple)) else value

    def _filled(self, text: str) -> Any:
        if PLACEHOLDER.search(text) is None:
            return text
        escaped = _VARIABLE.sub("${!", text)
        filled = PLACEHOLDER.sub(lambda found: self._word(found[1], found[2]), escaped)
        if "${" not in filled:
            return filled
        whole = re.fullmatch(r"\$\{(\w+)\}", filled)
        return {"Ref": whole[1]} if whole else {"Fn::Sub": filled}

    def _word(self, word: str, part: str | None) -> str:
        if word == "home":
            return self._blueprint.home
        if word == "permission-set":
            return f"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{part}_*"
        key = word if part is None else f"{word}:{part}"
        if key in self._own:
            return f"${{{self._own[key]}}}"
        if word == "key":
            self.parameter(f"Key{logical_id(part or '')}", f"The ARN of the KMS key {part}")
            return f"${{Key{logical_id(part or '')}}}"
        name, about = _ABOUT.get(word, (f"Account{logical_id(word)}", f"The ID of the account {word}"))
        self.parameter(name, about)
        return f"${{{name}}}"

    def template(self, outputs: Mapping[str, Any] | None = None) -> Template:
        """Return the template without empty sections."""
        made = {
            "AWSTemplateFormatVersion": "2010-09-09", "Description": self._about, "Parameters": self.parameters,
            "Resources": self.resources, "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()},
        }  # fmt: skip
        return {name: part for name, part in made.items() if part}


def logical_id(name: str) -> str:
    """Convert a name to a CloudFormation logical ID, which contains only letters and digits."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


# The organization, its people, its guardrails


def _organization(blueprint: Blueprint) -> Template:
    own = {name: f"Account{logical_id(name)}" for name in blueprint.accounts} | {MANAGEMENT: "AWS::AccountId"}
    builder = _TemplateBuilder(blueprint, f"{blueprint.title}: OUs, accounts, permission sets", own)
    root = builder.parameter("Root", "The ID of the organization's root, r-…")
    mail = builder.parameter(
        "MailDomain", "The domain at which the accounts' root users get their mail, as aws+NAME@DOMAIN"
    )
    places: dict[str, Any] = {ROOT: root, MANAGEMENT: {"Ref": "AWS::AccountId"}}
    for unit in blueprint.units:
        given = {"Name": unit.name, "ParentId": places[unit.parent]}
        places[unit.name] = {
            "Ref": builder.add(
                f"Unit{logical_id(unit.name)}", "AWS::Organizations::OrganizationalUnit", given
            )
        }
    before: dict[str, str] = {}
    for name, account in blueprint.accounts.items():
        properties = {"AccountName": name, "ParentIds": [places[account.unit]]}
        id = builder.add(
            own[name],
            "AWS::Organizations::Account",
            properties,
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            **before,
        )
        before = {"DependsOn": id}  # Organizations fails if several accounts are created at once
        builder.resources[id]["Properties"]["Email"] = {"Fn::Sub": f"aws+{name}@${{{mail['Ref']}}}"}
        places[name] = {"Ref": id}
    _people(blueprint, builder, places)
    given = {f"Account{logical_id(name)}": places[name] for name in blueprint.accounts}
    return builder.template(
        given | {f"Unit{logical_id(unit.name)}": places[unit.name] for unit in blueprint.units}
    )


def _guardrails(blueprint: Blueprint) -> Template:
    """Return the template of the guardrails, which comes last because they also apply to what StackSets deploys."""
    own = {MANAGEMENT: "AWS::AccountId"}
    builder = _TemplateBuilder(blueprint, f"{blueprint.title}: guardrails", own)

    def place(target: str) -> Any:
        """Return a reference to the root, an OU, or an account, adding a parameter if necessary."""
        if target == ROOT:
            return builder.parameter("Root", "The ID of the organization's root, r-…")
        if target == MANAGEMENT:
            return {"Ref": "AWS::AccountId"}
        if target in blueprint.accounts:
            return builder.parameter(f"Account{logical_id(target)}", f"The ID of the account {target}")
        return builder.parameter(f"Unit{logical_id(target)}", f"The ID of the OU {target}, ou-…")

    for kind, policy_type in _TYPES.items():
        for rail in getattr(blueprint, kind):
            properties = {
                "Name": rail.name, "Description": rail.about[:512], "Type": policy_type, "Content": rail.policy,
                "TargetIds": [place(target) for target in rail.targets],
            }  # fmt: skip
            builder.add(f"Rail{logical_id(rail.name)}", "AWS::Organizations::Policy", properties)
    return builder.template()


def _people(blueprint: Blueprint, builder: _TemplateBuilder, places: Mapping[str, Any]) -> None:
    instance = builder.parameter("IdentityCenter", "The ARN of the Identity Center instance")
    store = builder.parameter("IdentityStore", "The ID of its identity store, d-…")
    groups = dict.fromkeys(group for groups in blueprint.people.users.values() for group in groups)
    groups |= dict.fromkeys(each.group for each in blueprint.people.assignments)
    for group in groups:
        properties = {"DisplayName": group, "IdentityStoreId": store}
        builder.add(f"Group{logical_id(group)}", "AWS::IdentityStore::Group", properties)
    for each in blueprint.people.permission_sets:
        boundary = {"CustomerManagedPolicyReference": {"Name": each.boundary}} if each.boundary else None
        given: dict[str, Any] = {
            "InstanceArn": instance, "Name": each.name, "Description": each.about[:700],
            "SessionDuration": each.session, "ManagedPolicies": list(each.managed), "InlinePolicy": each.policy,
            "PermissionsBoundary": boundary,
        }  # fmt: skip
        builder.add(f"Set{logical_id(each.name)}", "AWS::SSO::PermissionSet", given)
    for assignment in blueprint.people.assignments:
        for account in assignment.accounts:
            properties = {
                "InstanceArn": instance, "PrincipalType": "GROUP", "TargetType": "AWS_ACCOUNT",
                "TargetId": places[account],
                "PrincipalId": {"Fn::GetAtt": [f"Group{logical_id(assignment.group)}", "GroupId"]},
                "PermissionSetArn": {"Fn::GetAtt": [f"Set{logical_id(assignment.permission_set)}", "PermissionSetArn"]},
            }  # fmt: skip
            names = (assignment.group, assignment.permission_set, account)
            name = "Assignment" + "".join(map(logical_id, names))
            builder.add(name, "AWS::SSO::Assignment", properties)


# An account's resources


def _member(blueprint: Blueprint, account: str) -> Template | None:
    """Return the template of an account; None if it would be empty."""
    own = {account: "AWS::AccountId"}
    own |= {
        f"key:{key.alias}": f"Key{logical_id(key.alias)}.Arn"
        for key in blueprint.keys
        if key.account == account
    }
    customers = blueprint.customers
    if customers.account == account:
        own |= {"user-pool": "UserPool", "client": "Client", "identity-pool": "IdentityPool"}
    builder = _TemplateBuilder(blueprint, f"{blueprint.title}: the resources in the account {account}", own)
    _add_each(builder, _key, _of(blueprint.keys, account))
    for policy in blueprint.policies:
        if account in policy.accounts:
            properties = {
                "ManagedPolicyName": policy.name, "Path": policy.path, "Description": policy.about[:1000],
                "PolicyDocument": policy.policy,
            }  # fmt: skip
            builder.add(f"Policy{logical_id(policy.name)}", "AWS::IAM::ManagedPolicy", properties)
    for provider in _of(blueprint.providers, account):
        properties = {"Url": provider.url, "ClientIdList": list(provider.audiences)}
        builder.add(f"Provider{logical_id(provider.url)}", "AWS::IAM::OIDCProvider", properties)
    _add_each(builder, _role, _of(blueprint.roles, account))
    _add_each(builder, _user, _of(blueprint.users, account))
    _add_each(builder, _bucket, _of(blueprint.buckets, account))
    if customers.account == account:
        _customers(builder, blueprint)
    _add_each(builder, _trail, _of(blueprint.trails, account))
    return builder.template(_outputs(blueprint, account)) if builder.resources else None


def _add_each(
    builder: _TemplateBuilder, add: Callable[[_TemplateBuilder, Any], None], parts: Iterable[Any]
) -> None:
    for part in parts:
        add(builder, part)


def _of(parts: Iterable[Any], account: str) -> list[Any]:
    return [part for part in parts if part.account == account]


def _outputs(blueprint: Blueprint, account: str) -> dict[str, Any]:
    """Return the outputs, which other templates take as parameters of the same names."""
    given: dict[str, Any] = {
        f"Key{logical_id(key.alias)}": {"Fn::GetAtt": [f"Key{logical_id(key.alias)}", "Arn"]}
        for key in _of(blueprint.keys, account)
    }
    if blueprint.customers.account == account:
        given |= {name: {"Ref": name} for name in ("UserPool", "Client", "IdentityPool")}
    return given


def _key(builder: _TemplateBuilder, key: Key) -> None:
    """Add a key, which is kept when its stack is deleted because it encrypted data that still exists."""
    properties = {"Description": key.about[:8192], "KeyPolicy": key.policy, "EnableKeyRotation": key.rotation}
    name = f"Key{logical_id(key.alias)}"
    builder.add(name, "AWS::KMS::Key", properties, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    alias = {"AliasName": f"alias/{key.alias}", "TargetKeyId": {"Ref": name}}
    builder.add(f"Alias{logical_id(key.alias)}", "AWS::KMS::Alias", alias)


def _role(builder: _TemplateBuilder, role: Role) -> None:
    policies = [{"PolicyName": name, "PolicyDocument": document} for name, document in role.policies.items()]
    properties = {
        "RoleName": role.name, "Path": role.path, "Description": role.about[:1000],
        "AssumeRolePolicyDocument": role.trust,
        "PermissionsBoundary": role.boundary, "Policies": policies, "ManagedPolicyArns": list(role.managed),
        "MaxSessionDuration": role.session_hours * 3600,
    }  # fmt: skip
    name = f"Role{logical_id(role.name)}"
    before = [each for each in builder.resources if each.startswith("Policy")]
    builder.add(
        name, "AWS::IAM::Role", properties, **({"DependsOn": before} if role.boundary and before else {})
    )
    if "ec2.amazonaws.com" in json.dumps(role.trust):
        profile = {"InstanceProfileName": role.name, "Roles": [{"Ref": name}]}
        builder.add(f"Profile{logical_id(role.name)}", "AWS::IAM::InstanceProfile", profile)


def _user(builder: _TemplateBuilder, user: User) -> None:
    """Add an IAM user without an access key, which CloudFormation would show in its output."""
    policies = [{"PolicyName": name, "PolicyDocument": document} for name, document in user.policies.items()]
    properties = {
        "UserName": user.name, "Path": user.path, "PermissionsBoundary": user.boundary, "Policies": policies
    }  # fmt: skip
    before = [each for each in builder.resources if each.startswith("Policy")]
    waits = {"DependsOn": before} if user.boundary and before else {}
    builder.add(f"User{logical_id(user.name)}", "AWS::IAM::User", properties, **waits)


def _bucket(builder: _TemplateBuilder, bucket: Bucket) -> None:
    rule: dict[str, Any] = {"SSEAlgorithm": "AES256"}
    if bucket.key is not None:
        rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"<key:{bucket.key}>"}
    properties = {
        "BucketName": bucket.name,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": rule}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(_EVERY, bucket.closed),
        "VersioningConfiguration": {"Status": "Enabled"} if bucket.versioning else None,
    }
    name = f"Bucket{logical_id(PLACEHOLDER.sub('', bucket.name))}"
    builder.add(name, "AWS::S3::Bucket", properties, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    if bucket.policy is not None:
        policy = {"Bucket": {"Ref": name}, "PolicyDocument": bucket.policy}
        builder.add(f"Policy{name}", "AWS::S3::BucketPolicy", policy)


def _customers(builder: _TemplateBuilder, blueprint: Blueprint) -> None:
    given = blueprint.customers
    pool = {
        "UserPoolName": given.user_pool, "Policies": {"PasswordPolicy": {"MinimumLength": given.minimum_length}},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": not given.self_sign_up},
        "AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"], "MfaConfiguration": given.mfa,
        "EnabledMfas": ["SOFTWARE_TOKEN_MFA"] if given.mfa != "OFF" else None,
    }  # fmt: skip
    builder.add(
        "UserPool", "AWS::Cognito::UserPool", pool, DeletionPolicy="Retain", UpdateReplacePolicy="Retain"
    )
    client = {
        "UserPoolId": {"Ref": "UserPool"}, "ClientName": "website", "ExplicitAuthFlows": list(given.flows),
        "PreventUserExistenceErrors": "ENABLED" if given.hide_who_exists else "LEGACY",
    }  # fmt: skip
    builder.add("Client", "AWS::Cognito::UserPoolClient", client)
    provider = {
        "ProviderName": {"Fn::GetAtt": ["UserPool", "ProviderName"]}, "ClientId": {"Ref": "Client"},
        "ServerSideTokenCheck": True,
    }  # fmt: skip
    identity = {
        "IdentityPoolName": given.identity_pool, "AllowUnauthenticatedIdentities": given.guest is not None,
        "AllowClassicFlow": given.allow_classic, "CognitoIdentityProviders": [provider],
    }  # fmt: skip
    builder.add("IdentityPool", "AWS::Cognito::IdentityPool", identity)
    roles = {"authenticated": given.customer, "unauthenticated": given.guest}
    attached = {
        "IdentityPoolId": {"Ref": "IdentityPool"},
        "Roles": {
            kind: {"Fn::GetAtt": [f"Role{logical_id(role)}", "Arn"]} for kind, role in roles.items() if role
        },
    }
    builder.add("IdentityPoolRoles", "AWS::Cognito::IdentityPoolRoleAttachment", attached)


def _trail(builder: _TemplateBuilder, trail: Trail) -> None:
    from labs_helpers.course.days.day6.building.storage import event_selectors

    properties = {
        "TrailName": trail.name, "S3BucketName": trail.bucket, "IsLogging": True,
        "IsMultiRegionTrail": trail.all_regions,
        "IncludeGlobalServiceEvents": True, "EnableLogFileValidation": trail.validated,
        "IsOrganizationTrail": trail.organization or None, "KMSKeyId": f"<key:{trail.key}>" if trail.key else None,
        "AdvancedEventSelectors": event_selectors(list(trail.data)) if trail.data else None,
    }  # fmt: skip
    builder.add(f"Trail{logical_id(trail.name)}", "AWS::CloudTrail::Trail", properties)


# StackSets


def _stack_set(blueprint: Blueprint, account: str, template: Template) -> Template:
    """Return the StackSet of an account, with service-managed permissions, so that no role is created by hand.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-associate-stackset-with-org.html
    """
    builder = _TemplateBuilder(
        blueprint, f"{blueprint.title}: deploys the template of the account {account}", {}
    )
    where = builder.parameter(
        "Templates", "The URL of the folder in S3 with the templates, without a slash at the end"
    )
    unit = builder.parameter(
        "Unit", f"The ID of the OU (or root) that contains the account {account}, ou-… or r-…"
    )
    number = builder.parameter(f"Account{logical_id(account)}", f"The ID of the account {account}")
    given = [
        {"ParameterKey": key, "ParameterValue": builder.parameter(key, parameter["Description"])}
        for key, parameter in template.get("Parameters", {}).items()
    ]
    targets = {"OrganizationalUnitIds": [unit], "Accounts": [number], "AccountFilterType": "INTERSECTION"}
    properties = {
        "StackSetName": f"{blueprint.name}-{account}", "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": {"Enabled": False}, "Capabilities": ["CAPABILITY_NAMED_IAM"], "Parameters": given,
        "StackInstancesGroup": [{"DeploymentTargets": targets, "Regions": [blueprint.home]}],
    }  # fmt: skip
    id = builder.add(f"Set{logical_id(account)}", "AWS::CloudFormation::StackSet", properties)
    url = f"${{{where['Ref']}}}/member-{account}.template.json"
    builder.resources[id]["Properties"]["TemplateURL"] = {"Fn::Sub": url}
    return builder.template()


def unfilled(template: Template) -> list[str]:
    """Return the names in angle brackets that remain in a template; the list should be empty."""
    return [word for word, _ in placeholders(template)]
