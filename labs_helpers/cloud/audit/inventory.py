"""The inventory of a cloud: the resources and people in it, each with its settings, for comparison at a later time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from labs_helpers.cloud.audit.identities import protection_of
from labs_helpers.cloud.core import resource_policies
from labs_helpers.cloud.services.cloudtrail import moto_view as trails
from labs_helpers.cloud.services.cloudtrail.delivered_files import delivery_of
from labs_helpers.cloud.services.cognito_identity.state import IdentityPools
from labs_helpers.cloud.services.cognito_idp.state import UserPools
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.iam import moto_view as iam
from labs_helpers.cloud.services.identitystore.state import IdentityStore
from labs_helpers.cloud.services.kms import timeline
from labs_helpers.cloud.services.organizations.state import RCP, SCP, Organization, Organizations
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.secretsmanager.vault import Vault
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters, Instance

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud


class Thing(NamedTuple):
    """A resource, a person, or a relation between two of them, such as a membership.

    `kind` and `name` identify it: for a trail, "trail" and the trail's ARN. `settings` is a digest, which differs if a
    setting differs.
    """

    kind: str
    name: str
    settings: str = ""


def inventory(cloud: Cloud) -> frozenset[Thing]:
    """Return everything in a cloud's accounts whose loss, change, or addition matters to the people who use it.

    Permissions of users and roles aren't part of the inventory, but resource-based policies are.
    """
    return frozenset(
        (
            *_iam(),
            *_buckets(),
            *_shareables(),
            *_keys(cloud),
            *_trails(),
            *(Thing("secret", each.arn) for each in cloud.part(Vault).every()),
            *_resource_policies(cloud),
            *_organization(cloud),
            *_identity_center(cloud),
            *_cognito(cloud),
        )
    )


def _digest(*settings: Any) -> str:
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _iam() -> Iterator[Thing]:
    for account in sorted(iam.accounts()):
        backend = iam.backend(account)
        for user in backend.users.values():
            yield Thing("user", user.arn, _digest(iam.user_tags(account, user.name)))
            for key in user.access_keys:
                yield Thing("access key", f"{key.access_key_id} of {user.arn}", key.status)
        for role in backend.roles.values():
            if protection_of(role.arn) is None:  # others are created and deleted by AWS services
                settings = (iam.role_tags(account, role.name), role.max_session_duration, role.description)
                yield Thing("role", role.arn, _digest(*settings))
                yield Thing("policy of", role.arn, _digest(role.assume_role_policy_document))
        yield from (Thing("group", group.arn) for group in backend.groups.values())


def _buckets() -> Iterator[Thing]:
    for account in sorted(iam.accounts()):
        for bucket in s3.buckets_of(account):
            settings = (
                s3.bucket_tags(bucket.name),
                s3.keeps_versions(bucket.name),
                s3.lifecycle(bucket.name),
            )
            blocked = s3.public_access_block(bucket.name)
            arn = f"arn:aws:s3:::{bucket.name}"
            yield Thing("bucket", arn, _digest(*settings, blocked))
            for each in s3.versions(bucket.name):
                # Work overwrites objects, so their content isn't a setting.
                if each.latest and not each.marker:
                    yield Thing("object", f"{each.key} of {arn}")
            yield Thing("default encryption of", arn, _digest(s3.default_encryption(bucket.name)))


def _shareables() -> Iterator[Thing]:
    """Yield snapshots and images, and each account (or `all`) with which one of them is shared."""
    for each in ec2.shareables():
        yield Thing(each.kind, each.arn, _digest(each.tags))
        yield from (Thing("share with", f"{account} of {each.arn}") for account in each.shared_with)


def _keys(cloud: Cloud) -> Iterator[Thing]:
    """Yield customers' keys, and how they rotate.

    For a key that is scheduled for deletion, only the rotation is included, because no one can use the key.
    """
    ring = timeline.ring(cloud._state)
    for aliases in ring.aliases.values():
        own = (alias for alias in aliases.values() if not alias.name.startswith("alias/aws/"))
        yield from (Thing("alias", alias.arn, alias.key_id) for alias in own)
    for key in ring.every_key():
        if key.service is not None:
            continue
        yield Thing("rotation of", key.arn, _digest(key.family.rotation_period))
        if key.deletion is not None:
            continue
        yield Thing("KMS key", key.arn, _digest(key.state, key.tags))
        yield Thing("policy of", key.arn, _digest(key.policy))
        for grant in key.grants.values():
            yield Thing("grant", f"{grant.id} on {key.arn}", _digest(grant.given))


def _trails() -> Iterator[Thing]:
    for trail in trails.every():
        settings = {name: value for name, value in vars(trail).items() if name in _TRAIL_SETTINGS}
        yield Thing(
            "trail", trail.arn, _digest(settings, delivery_of(trail).logging, dict(trails.tags(trail.arn)))
        )


_TRAIL_SETTINGS = frozenset(
    (
        "bucket_name",
        "s3_key_prefix",
        "sns_topic_name",
        "include_global_service_events",
        "is_multi_region",
        "is_org_trail",
        "log_validation",
        "cw_log_group_arn",
        "kms_key_id",
        "event_selectors",
        "advanced_event_selectors",
    )
)


def _resource_policies(cloud: Cloud) -> Iterator[Thing]:
    for arn, texts in resource_policies.every(cloud._state).items():
        if ":kms:" not in arn:  # `_keys` yields the policies of KMS keys
            yield Thing("policy of", arn, _digest(*texts))


def _organization(cloud: Cloud) -> Iterator[Thing]:
    organization = cloud.part(Organizations).of(cloud.home)
    if organization is None:
        return
    now = cloud.clock.now()
    for member in organization.members.values():
        if member.status(now) == "ACTIVE":
            tags = organization.tags.get(member.id)
            yield Thing("account", member.id, _digest(member.name, member.email, tags))
    for unit in (each for each in organization.units.values() if not each.is_root):
        yield Thing("OU", unit.id, _digest(unit.name, unit.parent, organization.tags.get(unit.id)))
    yield from (Thing("policy type", each) for each in organization.enabled)
    yield from _organization_policies(organization)


def _organization_policies(organization: Organization) -> Iterator[Thing]:
    """Yield the policies that customers wrote and, for SCPs and RCPs, where they are attached."""
    for policy in organization.policies.values():
        if policy.type == "TAG_POLICY":
            for key, rule in json.loads(policy.content).get("tags", {}).items():
                for target in policy.targets:
                    yield Thing("tag rule", f"{key.lower()} at {target}", _digest(rule))
        if policy.aws_managed:
            continue
        if policy.type in (SCP, RCP):
            yield from (Thing("guardrail", f"{policy.name} at {target}") for target in policy.targets)
            continue
        settings = _digest(policy.type, policy.content, sorted(policy.targets))
        yield Thing("organization policy", policy.name, settings)


def _identity_center(cloud: Cloud) -> Iterator[Thing]:
    for instance in cloud.part(IdentityCenters).all():
        store, names = instance.store, _names(instance.store)
        for user in store.users.values():
            settings = _digest(user.attributes, user.extensions, user.disabled)
            yield Thing("Identity Center user", names[user.id], settings)
        yield from (Thing("Identity Center group", names[each]) for each in store.groups)
        for member in store.memberships.values():
            yield Thing("membership", f"{names[member.user]} in {names[member.group]}")
        yield from _permission_sets(instance, names)


def _names(store: IdentityStore) -> dict[str, str]:
    users = {id: str(each.attributes["UserName"]) for id, each in store.users.items()}
    return users | {id: str(each.attributes["DisplayName"]) for id, each in store.groups.items()}


def _permission_sets(instance: Instance, names: dict[str, str]) -> Iterator[Thing]:
    for each in instance.sets.values():
        settings = (each.inline, sorted(each.managed), sorted(each.customer), each.boundary)
        yield Thing("permission set", each.name, _digest(*settings, each.session_seconds, each.relay_state))
    for given in instance.assignments:
        which = instance.sets[given.permission_set].name
        who = names.get(given.principal, given.principal)
        yield Thing("assignment", f"{which} in {given.account} for {who}")


def _cognito(cloud: Cloud) -> Iterator[Thing]:
    for pool in cloud.part(UserPools).pools.values():
        yield Thing("user pool", pool.id, _digest(pool.settings, pool.mfa, pool.tags, pool.providers))
        for client in pool.clients.values():
            yield Thing("app client", f"{client.name} of {pool.id}", _digest(client.settings))
        for group in pool.groups.values():
            settings = _digest(group.role, group.precedence, sorted(group.members))
            yield Thing("user pool group", f"{group.name} in {pool.id}", settings)
        for user in pool.users.values():
            yield Thing(
                "user pool user", f"{user.username} in {pool.id}", _digest(user.enabled, user.attributes)
            )
    for identities in cloud.part(IdentityPools).pools.values():
        settings = _digest(identities.settings, identities.roles, identities.mappings, identities.tag_maps)
        yield Thing("identity pool", identities.id, settings)
