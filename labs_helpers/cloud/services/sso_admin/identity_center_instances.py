"""Operations on instances, on their attributes for access control, and on tags.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateInstance.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services import load
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.identitystore.pages import PAGES
from labs_helpers.cloud.services.identitystore.state import IdentityStores
from labs_helpers.cloud.services.shared.tag_keys import reserved_key
from labs_helpers.cloud.services.sso_admin import allowed_networks, kms_encryption
from labs_helpers.cloud.services.sso_admin.access import (
    check_may_change,
    denied,
    find_part,
    manages,
    not_found,
    organization_of,
    sees,
    with_instance,
)
from labs_helpers.cloud.services.sso_admin.errors import conflict, invalid
from labs_helpers.cloud.services.sso_admin.idempotency import perform_once
from labs_helpers.cloud.services.sso_admin.regions import regions_of
from labs_helpers.cloud.services.sso_admin.state import IdentityCenters, Instance

_TAGS, _INSTANCES = 50, 10


@operation("sso-admin", "CreateInstance")
def create_instance(call: Call) -> Mapping[str, Any]:
    """Create an account instance for a member or standalone account.

    An organization instance can be enabled only in the console.
    """
    return perform_once(call, lambda: _create(call))


def _create(call: Call) -> dict[str, Any]:
    centers = call.state.part(IdentityCenters)
    organization = organization_of(call)
    if organization is not None and organization.management == call.caller_account:
        raise invalid("An organization's management account enables IAM Identity Center in the console.")
    if centers.owned_by(call.caller_account) is not None:
        raise conflict("The account already has an instance of IAM Identity Center.")
    load("sso")  # so that the instance's portal answers
    instance = centers.add(
        call.state.part(IdentityStores), call.state.ids, call.caller_account, call.region, call.time,
        of_organization=False, name=call.parameters.get("Name"),
    )  # fmt: skip
    instance.tags[instance.arn] = request_tags(call)
    return {"InstanceArn": instance.arn}


@operation("sso-admin", "ListInstances")
def list_instances(call: Call) -> Mapping[str, Any]:
    """List the instances that the caller's account can see (its own and its organization's) in one or all Regions."""
    everywhere = call.parameters.get("RegionScope") == "ALL_REGIONS"
    instances = [
        _instance_output(each)
        for each in call.state.part(IdentityCenters).all()
        if (everywhere or each.region == call.region) and sees(call, each)
    ]
    return PAGES.page(call, "Instances", instances, most=_INSTANCES)


@operation("sso-admin", "DescribeInstance")
@with_instance
def describe_instance(_: Call, instance: Instance) -> Mapping[str, Any]:
    """Return an instance with its encryption configuration and, if it is set, its network configuration."""
    limits = {"NetworkConfigurationDetails": instance.network} if instance.network is not None else {}
    return (
        _instance_output(instance)
        | {
            "EncryptionConfigurationDetails": kms_encryption.details(instance),
            "PermissionSetsEnabled": instance.has_sets,
        }
        | limits
    )


@operation("sso-admin", "UpdateInstance")
@with_instance
def update_instance(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Change an instance's name and at most one of its settings."""
    parameters = call.parameters
    changed = [each for each in _SETTINGS if parameters.get(each) is not None]
    if len(changed) > 1:
        raise invalid(f"A request can specify only one of {', '.join(_SETTINGS)}.")
    if changed:
        _SETTINGS[changed[0]](call, instance, parameters[changed[0]])
    if parameters.get("Name") is not None:
        instance.name = parameters["Name"]
    return {}


def _enable_permission_sets(_: Call, instance: Instance, asked: bool) -> None:
    """Enable permission sets for an account instance, which manages only its own account.

    This can't be undone.
    """
    if not asked:
        raise invalid("The only value of PermissionSetsEnabled is true.")
    instance.own_sets = True


_SETTINGS: dict[str, Callable[[Call, Instance, Any], None]] = {
    "EncryptionConfiguration": kms_encryption.configure,
    "PermissionSetsEnabled": _enable_permission_sets,
    "NetworkConfiguration": allowed_networks.configure,
}


@operation("sso-admin", "DeleteInstance")
@with_instance
def delete_instance(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Delete the caller's instance, along with its directory, its permission sets, and the roles that it created.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/delete-config.html
    """
    if instance.account != call.caller_account:
        raise denied()
    for (account, _), provisioned in instance.provisioned.items():
        reserved_roles.remove(account, provisioned.role)
    call.state.part(IdentityStores).remove(instance.store.id)
    call.state.part(IdentityCenters).remove(instance.arn)
    return {}


def _instance_output(instance: Instance) -> dict[str, Any]:
    shown = {
        "InstanceArn": instance.arn, "IdentityStoreId": instance.store.id, "IdentityStoreArn": instance.store.arn,
        "OwnerAccountId": instance.account, "CreatedDate": instance.created, "Status": "ACTIVE",
        "PrimaryRegion": instance.region, "Regions": regions_of(instance),
    }  # fmt: skip
    return shown | ({"Name": instance.name} if instance.name is not None else {})


# --- attributes for access control ------------------------------------------------------------------------------

_CONFIGURATION = "InstanceAccessControlAttributeConfiguration"


@operation("sso-admin", f"Create{_CONFIGURATION}", f"Update{_CONFIGURATION}")
@with_instance
def put_attributes(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Create or replace the attributes for access control, whose keys must be unique.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/attributesforaccesscontrol.html
    """
    creates = call.operation.startswith("Create")
    if creates and instance.attributes is not None:
        raise conflict("The instance already has attributes for access control.")
    if not creates and instance.attributes is None:
        raise not_found(call, "The instance has no attributes for access control.")
    attributes = call.parameters[_CONFIGURATION]["AccessControlAttributes"]
    if len({each["Key"] for each in attributes}) < len(attributes):
        raise invalid("Keys of attributes must be unique.")
    instance.attributes = list(attributes)
    return {}


@operation("sso-admin", f"Describe{_CONFIGURATION}")
@with_instance
def describe_attributes(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Return the attributes for access control."""
    if instance.attributes is None:
        raise not_found(call, "The instance has no attributes for access control.")
    return {"Status": "ENABLED", _CONFIGURATION: {"AccessControlAttributes": instance.attributes}}


@operation("sso-admin", f"Delete{_CONFIGURATION}")
@with_instance
def delete_attributes(call: Call, instance: Instance) -> Mapping[str, Any]:
    """Disable attributes for access control."""
    if instance.attributes is None:
        raise not_found(call, "The instance has no attributes for access control.")
    instance.attributes = None
    return {}


# --- tags -----------------------------------------------------------------------------------------------------


def request_tags(call: Call) -> dict[str, str]:
    """Return the tags in a request. Raises `ServiceError` for keys that begin with `aws:`, and for too many tags."""
    tags = {tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags") or []}
    if reserved_key(tags) is not None:
        raise invalid("Tag keys that begin with aws: are reserved.")
    if len(tags) > _TAGS:
        raise _too_many()
    return tags


def _too_many() -> ServiceError:
    return ServiceError("ServiceQuotaExceededException", f"A resource has at most {_TAGS} tags.", 400)


@operation("sso-admin", "TagResource")
def tag_resource(call: Call) -> Mapping[str, Any]:
    """Add tags to an instance or permission set, or replace the values of existing tags."""
    tags = _tags(call)
    merged = tags | request_tags(call)
    if len(merged) > _TAGS:
        raise _too_many()
    tags |= merged
    return {}


@operation("sso-admin", "UntagResource")
def untag_resource(call: Call) -> Mapping[str, Any]:
    """Remove tags by key. Keys that the resource doesn't have are ignored."""
    tags = _tags(call)
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("sso-admin", "ListTagsForResource")
def list_tags_for_resource(call: Call) -> Mapping[str, Any]:
    """List the tags of an instance or a permission set."""
    return PAGES.page(call, "Tags", [{"Key": key, "Value": value} for key, value in _tags(call).items()])


def _tags(call: Call) -> dict[str, str]:
    """Return the tags of an instance or a permission set as they are stored, to be changed in place."""
    arn = call.parameters["ResourceArn"]
    instance = find_part(call, arn, "The resource was not found.")
    if not manages(call, instance):
        raise denied()
    instance_arn = call.parameters.get("InstanceArn")
    kept = (instance.arn, *instance.sets)
    if (instance_arn is not None and instance_arn != instance.arn) or arn not in kept:
        raise not_found(call, "The resource was not found.")
    if arn in instance.sets and call.operation != "ListTagsForResource":
        check_may_change(call, instance, instance.sets[arn])
    return instance.tags.setdefault(arn, {})
