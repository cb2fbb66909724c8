"""Access to IAM data in moto: each identity's keys, policies, boundary, and tags, and AWS managed policies.

While a cloud runs, moto is extended in three ways: users have permissions boundaries, a managed policy's use as a
boundary is counted, and all accounts have the AWS managed policies without storing copies of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

from moto.core.serialize import never_return, url_encode
from moto.iam import models
from moto.iam.responses import IamResponse

from labs_helpers.cloud.moto import backends, hooks

_AWS_POLICY = re.compile(r"arn:aws:iam::aws:policy(/(?:[\x21-\x7e]*/)?)([\w+=,.@-]{1,128})\Z")
_DECODER = json.JSONDecoder()


# --- AWS managed policies -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AwsPolicy:
    """One AWS managed policy, as ListPolicies returns it. The ID is derived from the ARN, so it never changes."""

    name: str
    path: str
    default_version: str
    created: datetime
    updated: datetime

    @property
    def arn(self) -> str:
        """Return the policy's ARN."""
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"

    @property
    def id(self) -> str:
        """Return the policy's unique ID, derived from its ARN."""
        return _policy_id(self.arn)


def _policy_id(arn: str) -> str:
    digest = hashlib.sha256(arn.encode()).digest()
    return "ANPA" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[byte % 32] for byte in digest[:17])


@cache
def _aws_policy_data(arn: str) -> tuple[str, dict[str, Any]] | None:
    """Return (name, moto's data) of one AWS managed policy, or None if there is no such policy.

    This reads one entry of moto's text instead of parsing all 4.5 MB.
    """
    match = _AWS_POLICY.match(arn)
    if match is None:
        return None
    path, name = match.groups()
    marker = f'\n "{name}":'  # One space is the indentation of an entry of the outermost object.
    at = models.aws_managed_policies_data.find(marker)
    if at < 0:
        return None
    data, _ = _DECODER.raw_decode(models.aws_managed_policies_data, at + len(marker))
    return (name, data) if data["Path"] == path else None


@cache
def aws_managed_policies() -> tuple[AwsPolicy, ...]:
    """Return all AWS managed policies, sorted by name. The first call parses the whole list."""
    listing = json.loads(models.aws_managed_policies_data)
    return tuple(
        AwsPolicy(name, data["Path"], data["DefaultVersionId"], datetime.fromisoformat(data["CreateDate"]),
                  datetime.fromisoformat(data["UpdateDate"]))
        for name, data in sorted(listing.items())
    )  # fmt: skip


class ManagedPolicies(dict[str, Any]):
    """An account's managed policies by ARN, including AWS managed policies.

    AWS managed policies are loaded on first access and then remain, because moto counts their uses. Iteration
    yields the customer managed policies, and those AWS managed policies that were accessed.
    """

    def __init__(self, backend: models.IAMBackend, known: dict[str, Any]):
        super().__init__(known)
        self._backend = backend

    def __missing__(self, arn: str) -> Any:
        found = _aws_policy_data(arn)
        if found is None:
            raise KeyError(arn)
        iam = self._backend
        policy = models.AWSManagedPolicy.from_data(found[0], iam.account_id, iam.region_name, found[1])
        policy.id = _policy_id(arn)
        self[arn] = policy
        iam.aws_managed_policies.append(policy)
        return policy

    def __contains__(self, arn: object) -> bool:
        return super().__contains__(arn) or (isinstance(arn, str) and _aws_policy_data(arn) is not None)

    def get(self, arn: str, default: Any = None) -> Any:
        """Return the policy with an ARN, or the default. AWS managed policies are loaded if necessary."""
        try:
            return self[arn]
        except KeyError:
            return default

    def forget_unused(self) -> None:
        """Remove AWS managed policies that were accessed but are neither attached nor used as a boundary."""
        accessed = self._backend.aws_managed_policies
        used = [
            policy
            for policy in accessed
            if policy.attachment_count or policy.permissions_boundary_usage_count
        ]
        for arn in {policy.arn for policy in accessed} - {policy.arn for policy in used}:
            self.pop(arn, None)
        accessed[:] = used


# --- extensions of moto ---------------------------------------------------------------------------------------


def _init_managed_policies(backend: models.IAMBackend) -> ManagedPolicies:
    return ManagedPolicies(backend, {p.arn: p for p in backend.aws_managed_policies})


def _user_boundary(user: models.User) -> dict[str, str] | None:
    arn = user.permissions_boundary_arn
    if not arn:
        return None
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def _boundary_usage_count(policy: models.ManagedPolicy) -> int:
    backend = policy.backend
    return sum(
        x.permissions_boundary_arn == policy.arn for x in (*backend.users.values(), *backend.roles.values())
    )


@hooks.while_installed
def _extend_moto() -> hooks.Undo:
    named = {"organizations": "Organizations", "sso": "SSO"}
    return hooks.all_of(
        hooks.replace(models, SERVICE_NAME_CONVERSION=models.SERVICE_NAME_CONVERSION | named),
        hooks.replace(models.IAMBackend, _init_managed_policies=_init_managed_policies),
        # Used in the credential report: when a password was set, and when a key's status last changed.
        hooks.replace(
            models.User,
            permissions_boundary_arn=None,
            permissions_boundary=property(_user_boundary),
            password_changed=None,
            password_history=(),
            password_last_used=None,
            login_created=None,
            service_credentials=(),
        ),
        hooks.replace(models.AccessKey, changed=None),
        # moto returns a boundary type that AWS doesn't use.
        hooks.replace(models.Role, permissions_boundary=property(_user_boundary)),
        # The 30-second period of a virtual MFA device's last valid code, and how many periods its clock is off.
        hooks.replace(models.VirtualMfaDevice, last_step=-1, drift=0, tags=()),
        hooks.replace(models.SAMLProvider, tags=(), uuid=None),
        hooks.replace(models.Certificate, tags=()),
        hooks.replace(models.ManagedPolicy, permissions_boundary_usage_count=property(_boundary_usage_count)),
        hooks.replace(
            IamResponse,
            RESPONSE_KEY_PATH_TO_TRANSFORMER=IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER | _TRANSFORMERS,
        ),
    )


_TRANSFORMERS = {
    # Lists omit boundaries and tags: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    "ListUsersResponse.Users.User.PermissionsBoundary": never_return,
    "GetGroupResponse.Users.User.PermissionsBoundary": never_return,
    "GetGroupResponse.Users.User.Tags": never_return,
    # Only CreateVirtualMFADevice returns a device's secret.
    "VirtualMFADevices.VirtualMFADevice.Base32StringSeed": never_return,
    "VirtualMFADevices.VirtualMFADevice.QRCodePNG": never_return,
    # Lists of versions omit the documents. All other responses contain URL-encoded documents.
    "ListPolicyVersionsResponse.Versions.PolicyVersion.Document": never_return,
    "GetPolicyVersionResponse.PolicyVersion.Document": url_encode,
    ".AssumeRolePolicyDocument": url_encode,
}


# --- views ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserKey:
    """An IAM user's access key and its owner."""

    access_key_id: str
    account: str
    user_name: str
    user_arn: str
    user_id: str
    secret: str = field(repr=False)
    active: bool


@dataclass(frozen=True, slots=True)
class UserView:
    """The data about an IAM user that is needed for access decisions."""

    name: str
    arn: str
    id: str
    path: str


@dataclass(frozen=True, slots=True)
class RoleView:
    """The data about a role that is needed for access decisions. `max_session_duration` is in seconds."""

    name: str
    arn: str
    id: str
    path: str
    max_session_duration: int
    service_linked: bool


def backend(account: str) -> models.IAMBackend:
    """Return moto's IAM backend for an account."""
    return backends.backend("iam", account)


def accounts() -> list[str]:
    """Return the accounts in which IAM has been used."""
    return backends.accounts("iam")


def identities() -> list[str]:
    """Return the ARNs of the users and roles in all accounts, sorted by account, users first."""
    return [
        identity.arn
        for account in sorted(accounts())
        for kind in (backend(account).users, backend(account).roles)
        for identity in sorted(kind.values(), key=lambda each: each.name)
    ]


def find_access_key(access_key_id: str) -> UserKey | None:
    """Return the IAM user's access key with this ID, in any account, or None if it doesn't exist or is temporary."""
    home = _home_of_key.get(access_key_id)
    if home is not None and backends.used("iam", home):
        found = _access_key(home, access_key_id)
        if found is not None:
            return found
    for account in accounts():
        found = _access_key(account, access_key_id)
        if found is not None:
            _home_of_key[access_key_id] = account
            return found
    return None


_home_of_key: dict[str, str] = {}
"""A cache of the account in which each key was last found. Each lookup verifies the cached value."""


def _access_key(account: str, access_key_id: str) -> UserKey | None:
    iam = backend(account)
    key = iam.access_keys.get(access_key_id)
    user = iam.users.get(key.user_name) if key is not None and key.user_name else None
    if user is None:
        return None
    return UserKey(
        access_key_id, account, user.name, user.arn, user.id, key.secret_access_key, key.status == "Active"
    )


def user(account: str, name: str) -> UserView | None:
    """Return the user with this name, or None if there isn't one."""
    found = backend(account).users.get(name)
    return None if found is None else UserView(found.name, found.arn, found.id, found.path)


def ways_in(account: str, name: str) -> tuple[bool, int]:
    """Return whether a user has a console password, and how many active access keys the user has."""
    found = backend(account).users[name]
    return bool(found.password), sum(key.status == "Active" for key in found.access_keys)


def find_role(account: str, name: str) -> models.Role | None:
    """Return moto's role with this name, or None if there isn't one."""
    roles = backend(account).roles
    kept = roles.get(_role_ids.get((account, name), ""))
    if kept is not None and kept.name == name:
        return kept
    found = next((role for role in roles.values() if role.name == name), None)
    if found is not None:
        _role_ids[account, name] = found.id
    return found


_role_ids: dict[tuple[str, str], str] = {}
"""A cache of the ID under which each role was last found. Each lookup verifies the cached value."""


def role(account: str, name: str) -> RoleView | None:
    """Return the role with this name, or None if there isn't one."""
    found = find_role(account, name)
    if found is None:
        return None
    duration = int(found.max_session_duration or 3600)
    return RoleView(found.name, found.arn, found.id, found.path, duration, bool(found._linked_service))


def user_policies(account: str, name: str) -> list[tuple[str, str]]:
    """Return a user's identity policies (inline, managed, and through groups) as (label, JSON text) pairs.

    A managed policy's label is its ARN, and its text is the text of the default version.
    """
    iam = backend(account)
    found = iam.users.get(name)
    if found is None:
        return []
    groups = [group for group in iam.groups.values() if found in group.users]
    return [policy for identity in (found, *groups) for policy in _identity_policies(identity)]


def role_policies(account: str, name: str) -> list[tuple[str, str]]:
    """Return a role's inline and managed policies as (label, JSON text) pairs."""
    found = find_role(account, name)
    return [] if found is None else list(_identity_policies(found))


def group_policies(account: str, name: str) -> list[tuple[str, str]]:
    """Return a group's inline and managed policies as (label, JSON text) pairs."""
    found = backend(account).groups.get(name)
    return [] if found is None else list(_identity_policies(found))


def groups_of(account: str, user_name: str) -> list[models.Group]:
    """Return the groups that a user belongs to."""
    found = backend(account).users.get(user_name)
    return [group for group in backend(account).groups.values() if found in group.users]


def groups(account: str) -> list[tuple[str, str]]:
    """Return the account's groups as (name, ARN) pairs."""
    return [(group.name, group.arn) for group in backend(account).groups.values()]


def own_policies(account: str, name: str, kind: str) -> list[str]:
    """Return the ARNs of the customer managed policies that apply to a "user" (also through groups) or a "role"."""
    if kind == "role":
        holders = [find_role(account, name)]
    else:
        holders = [backend(account).users.get(name), *groups_of(account, name)]
    attached = (arn for holder in holders if holder is not None for arn in holder.managed_policies)
    return [arn for arn in attached if f":{account}:" in arn]


def password_policy(account: str) -> Any:
    """Return the account's custom password policy (`iam.passwords`), or None if AWS's default policy applies."""
    return backend(account).account_password_policy


def password_max_age(account: str) -> int | None:
    """Return the number of days after which the account's passwords expire, or None if they don't expire."""
    policy = password_policy(account)
    return policy.max_password_age if policy is not None else None


def account_created(account: str) -> datetime | None:
    """Return the account's creation time, which is the creation time of its oldest user, or None if it has no users."""
    dates = (user.create_date for user in backend(account).users.values())
    # Times that moto sets are in UTC, but don't have a time zone.
    return min((date if date.tzinfo else date.replace(tzinfo=UTC) for date in dates), default=None)


def _identity_policies(identity: models.User | models.Group | models.Role) -> Iterator[tuple[str, str]]:
    for policy_name, text in identity.policies.items():
        yield f"{identity.arn} (inline policy {policy_name})", text
    for arn, policy in identity.managed_policies.items():
        yield arn, default_document(policy)


def default_document(policy: models.ManagedPolicy) -> str:
    """Return the JSON text of a managed policy's default version."""
    return str(next(v.document for v in policy.versions if v.version_id == policy.default_version_id))


def managed_policy(account: str, arn: str) -> str | None:
    """Return the JSON text of a managed policy's default version, or None if the policy doesn't exist."""
    policy = backend(account).managed_policies.get(arn)
    return None if policy is None else default_document(policy)


def user_boundary(account: str, name: str) -> tuple[str, str] | None:
    """Return the ARN and the JSON text of a user's permissions boundary, or None if the user has none."""
    return _boundary(account, backend(account).users.get(name))


def role_boundary(account: str, name: str) -> tuple[str, str] | None:
    """Return the ARN and the JSON text of a role's permissions boundary, or None if the role has none."""
    return _boundary(account, find_role(account, name))


def _boundary(account: str, identity: models.User | models.Role | None) -> tuple[str, str] | None:
    arn = identity.permissions_boundary_arn if identity is not None else None
    if not arn:
        return None
    text = managed_policy(account, arn)
    assert text is not None, f"the boundary {arn} is missing, although DeletePolicy doesn't delete boundaries"
    return arn, text


def trust_policy(account: str, name: str) -> str | None:
    """Return the JSON text of a role's trust policy, or None if there is no such role."""
    found = find_role(account, name)
    return None if found is None else found.assume_role_policy_document


def user_tags(account: str, name: str) -> dict[str, str]:
    """Return a user's tags by key, or an empty dict if there is no such user."""
    found = backend(account).users.get(name)
    return {} if found is None else _tags(found.tags or [])


def role_tags(account: str, name: str) -> dict[str, str]:
    """Return a role's tags by key, or an empty dict if there is no such role."""
    found = find_role(account, name)
    return {} if found is None else _tags(found.tags)


def policy_tags(account: str, arn: str) -> dict[str, str]:
    """Return a managed policy's tags by key, or an empty dict if there is no such policy."""
    policy = backend(account).managed_policies.get(arn)
    return {} if policy is None else _tags(policy.get_tags())


def instance_profile_tags(account: str, name: str) -> dict[str, str]:
    """Return an instance profile's tags by key, or an empty dict if there is no such profile."""
    profile = backend(account).instance_profiles.get(name)
    return {} if profile is None else _tags(profile.tags)


def oidc_provider_tags(account: str, arn: str) -> dict[str, str]:
    """Return an OpenID Connect provider's tags by key, or an empty dict if there is no such provider."""
    provider = backend(account).open_id_providers.get(arn)
    return {} if provider is None else _tags(provider.get_tags())


def oidc_client_ids(account: str, arn: str) -> list[str] | None:
    """Return an OpenID Connect provider's client IDs as moto's own list, or None if there is no such provider."""
    provider = backend(account).open_id_providers.get(arn)
    return None if provider is None else provider.client_id_list


def saml_providers(account: str) -> list[models.SAMLProvider]:
    """Return the account's SAML providers."""
    return list(backend(account).saml_providers.values())


def saml_provider(account: str, arn: str) -> models.SAMLProvider | None:
    """Return the account's SAML provider with this ARN, or None if there isn't one."""
    return next((each for each in saml_providers(account) if each.arn == arn), None)


def saml_provider_tags(account: str, arn: str) -> dict[str, str]:
    """Return a SAML provider's tags by key, or an empty dict if there is no such provider."""
    provider = saml_provider(account, arn)
    return {} if provider is None else _tags(provider.tags)


def oidc_provider(account: str, arn: str) -> models.OpenIDConnectProvider | None:
    """Return the account's OpenID Connect provider with this ARN, or None if there isn't one."""
    return backend(account).open_id_providers.get(arn)


def instance_profile(account: str, name: str) -> models.InstanceProfile | None:
    """Return the account's instance profile with this name, or None if there isn't one."""
    return next((each for each in backend(account).instance_profiles.values() if each.name == name), None)


def server_certificate(account: str, name: str) -> models.Certificate | None:
    """Return the account's server certificate with this name, or None if there isn't one."""
    return next((each for each in backend(account).certificates.values() if each.cert_name == name), None)


def server_certificate_tags(account: str, name: str) -> dict[str, str]:
    """Return a server certificate's tags by key, or an empty dict if there is no such certificate."""
    found = server_certificate(account, name)
    return {} if found is None else _tags(found.tags)


def stored_tags(resource: Any) -> list[dict[str, str]]:
    """Return the tags of any IAM resource as a list. moto stores them in three formats."""
    tags = resource.tags or []
    return list(tags.values()) if isinstance(tags, dict) else list(tags)


def store_tags(resource: Any, tags: list[dict[str, str]]) -> None:
    """Replace a resource's tags."""
    if isinstance(resource, models.User):
        tagger = backend(resource.account_id).tagger
        tagger.delete_all_tags_for_resource(resource.arn)
        tagger.tag_resource(resource.arn, tags)
    elif isinstance(resource.tags, dict):
        resource.tags = {tag["Key"]: tag for tag in tags}
    else:
        resource.tags = list(tags)


def mfa_device_tags(account: str, serial_number: str) -> dict[str, str]:
    """Return a virtual MFA device's tags by key, or an empty dict if there is no such device."""
    device = backend(account).virtual_mfa_devices.get(serial_number)
    return {} if device is None else _tags(device.tags)


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def principal_exists(arn_or_id: str) -> bool:
    """Return True if an account in use has a user or role with this ARN or unique ID."""
    for account in accounts():
        iam = backend(account)
        if any(arn_or_id in (x.arn, x.id) for x in (*iam.users.values(), *iam.roles.values())):
            return True
    return False


# --- changes that moto's own methods don't support -------------------------------------------------------------


def add_policy(
    account: str, name: str, path: str, document: str, description: str, tags: list[dict[str, str]],
    policy_id: str, created: datetime,
) -> models.ManagedPolicy:  # fmt: skip
    """Store a customer managed policy.

    Its document was already validated, because moto rejects some valid documents.
    """
    iam = backend(account)
    policy = models.ManagedPolicy(
        name, account_id=account, region=iam.region_name, description=description, document=document, path=path,
        create_date=created, update_date=created, tags={tag["Key"]: tag for tag in tags},
    )  # fmt: skip
    policy.id = policy_id
    iam.managed_policies[policy.arn] = policy
    return policy


def add_role(
    account: str, name: str, trust: str, *, path: str, role_id: str, created: datetime, description: str = "",
    boundary: str | None = None, tags: Iterable[dict[str, str]] = (), duration: int = 3600,
    linked_service: str | None = None,
) -> models.Role:  # fmt: skip
    """Store a role whose trust policy was already validated."""
    role = models.Role(
        account_id=account, partition="aws", role_id=role_id, name=name, assume_role_policy_document=trust, path=path,
        permissions_boundary=boundary, description=description, tags=list(tags), max_session_duration=str(duration),
        linked_service=linked_service,
    )  # fmt: skip
    role.create_date = created
    backend(account).roles[role_id] = role
    return role


def remove_user(account: str, user: models.User) -> None:
    """Delete a user and the user's tags, without moto's checks."""
    iam = backend(account)
    iam.tagger.delete_all_tags_for_resource(user.arn)
    del iam.users[user.name]


def remove_role(account: str, role: models.Role) -> None:
    """Delete a role, without moto's checks."""
    backend(account).roles.pop(role.id)


def remove_instance_profile(account: str, profile: models.InstanceProfile) -> None:
    """Delete an instance profile, without moto's checks."""
    backend(account).instance_profiles.pop(profile.name)


def add_policy_version(
    policy: models.ManagedPolicy, document: str, default: bool, created: datetime
) -> models.PolicyVersion:
    """Add the next version to a policy, optionally as the default version. The document was already validated."""
    version = models.PolicyVersion(policy.arn, document, default, f"v{policy.next_version_num}", created)
    policy.next_version_num += 1
    policy.versions.append(version)
    policy.update_date = created
    if default:
        policy.default_version_id = version.version_id
        for other in policy.versions:
            other.is_default = other is version
    return version


def add_access_key(
    account: str, user_name: str, access_key_id: str, secret: str, created: datetime
) -> models.AccessKey:
    """Add an access key with this ID and secret to a user."""
    iam = backend(account)
    key = iam.users[user_name].create_access_key(prefix="AKIA")
    key.access_key_id, key.secret_access_key, key.create_date = access_key_id, secret, created
    iam.access_keys[access_key_id] = key
    return key


def add_virtual_mfa_device(account: str, path: str, name: str, seed: str, tags: list[dict[str, str]]) -> None:
    """Store a virtual MFA device with this seed (base32) that isn't assigned to a user yet."""
    iam = backend(account)
    device = iam.create_virtual_mfa_device(name, path)
    device.base32_string_seed, device.tags = seed, list(tags)


def enable_mfa_device(
    account: str, user: models.User, device: models.VirtualMfaDevice, time: datetime
) -> None:
    """Assign a virtual MFA device, whose codes were already verified, to a user."""
    backend(account).enable_mfa_device(user.name, device.serial_number, "", "")
    device.enable_date = user.mfa_devices[device.serial_number].enable_date = time


def add_oidc_provider(
    account: str,
    url: str,
    thumbprints: list[str],
    clients: list[str],
    tags: list[dict[str, str]],
    created: datetime,
) -> None:
    """Store an OpenID Connect provider whose parts were already validated."""
    by_key = {tag["Key"]: tag for tag in tags}
    provider = models.OpenIDConnectProvider(account, "us-east-1", url, thumbprints, clients, by_key)
    provider.create_date = created
    backend(account).open_id_providers[provider.arn] = provider


def add_saml_provider(account: str, name: str, metadata: str) -> models.SAMLProvider:
    """Store a SAML provider whose metadata was already validated."""
    return backend(account).create_saml_provider(name, metadata)


def delete_saml_provider(account: str, arn: str) -> None:
    """Delete a SAML provider."""
    backend(account).delete_saml_provider(arn)


def add_signing_certificate(
    user: models.User, certificate_id: str, body: str, uploaded: datetime
) -> models.SigningCertificate:
    """Add a parsed X.509 certificate to a user."""
    certificate = models.SigningCertificate(certificate_id, user.name, body)
    certificate.upload_date = uploaded
    user.signing_certificates[certificate_id] = certificate
    return certificate


def add_ssh_public_key(
    user: models.User, key_id: str, body: str, as_ssh: str, uploaded: datetime
) -> models.SshPublicKey:
    """Add a parsed SSH public key to a user. `as_ssh` is the same key on one line."""
    key = models.SshPublicKey(user.name, body)
    key.ssh_public_key_id, key.as_ssh, key.upload_date = key_id, as_ssh, uploaded
    user.ssh_public_keys.append(key)
    return key


def add_server_certificate(
    account: str, name: str, path: str, body: str, chain: str | None, *, certificate_id: str, uploaded: datetime,
    expires: datetime,
) -> models.Certificate:  # fmt: skip
    """Store a parsed server certificate without its private key, which the cloud doesn't need."""
    certificate = models.Certificate(account, "us-east-1", name, body, "", chain, path)
    certificate.id, certificate.upload_date, certificate.expires = certificate_id, uploaded, expires
    backend(account).certificates[name] = certificate
    return certificate


def rename_server_certificate(account: str, certificate: models.Certificate, name: str) -> None:
    """Rename a server certificate."""
    kept = backend(account).certificates
    del kept[certificate.cert_name]
    certificate.cert_name = name
    kept[name] = certificate


# --- loading an account from files --------------------------------------------------------------------------------

Identity: TypeAlias = models.User | models.Group | models.Role


def keep_policy(
    account: str, name: str, arn: str, versions: list[tuple[str, str, datetime]], default: str, *, policy_id: str,
    created: datetime, description: str,
) -> None:  # fmt: skip
    """Store a customer or AWS managed policy with all its versions, given as (ID, JSON text, date)."""
    iam, path = backend(account), arn.split(":policy", 1)[1].removesuffix(name)
    of_aws = arn.startswith("arn:aws:iam::aws:")
    kind = models.AWSManagedPolicy if of_aws else models.ManagedPolicy
    policy = kind(
        name, account_id=account, region=iam.region_name, default_version_id=default, description=description,
        document="", path=path, create_date=created, update_date=max(date for _, _, date in versions),
    )  # fmt: skip
    policy.id = policy_id or _policy_id(arn)
    policy.versions = [
        models.PolicyVersion(arn, text, version == default, version, date) for version, text, date in versions
    ]
    iam.managed_policies[arn] = policy
    if of_aws:
        iam.aws_managed_policies.append(policy)


def keep_user(
    account: str, name: str, path: str, user_id: str, created: datetime, tags: list[dict[str, str]]
) -> models.User:
    """Store a user that already has an ID and a creation date."""
    user = backend(account).create_user("us-east-1", name, path, tags)
    user.id, user.create_date = user_id or user.id, created
    return user


def keep_group(account: str, name: str, path: str, group_id: str, created: datetime) -> models.Group:
    """Store a group that already has an ID and a creation date."""
    group = backend(account).create_group(name, path)
    group.id, group.create_date = group_id or group.id, created
    return group


def attach(account: str, arn: str, identity: Identity) -> None:
    """Attach a customer or AWS managed policy to an identity."""
    backend(account).managed_policies[arn].attach_to(identity)
