"""Access to EC2 instances in moto: the data that an instance's metadata service returns.

This module also corrects moto's ModifyInstanceMetadataOptions, so that options that a request omits don't change.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.ec2.models import instances as models

from labs_helpers.cloud.moto import backends, hooks
from labs_helpers.cloud.services.iam import moto_view as moto_iam


@dataclass(frozen=True, slots=True)
class Profile:
    """An instance profile. `role` is the name of the role in it, or None if the profile is empty."""

    arn: str
    id: str
    role: str | None
    role_arn: str | None
    role_id: str | None


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An EC2 instance. `tokens`, `hop_limit`, `enabled`, and `shows_tags` are settings of its metadata service.

    `tokens` is "optional" or "required".
    """

    id: str
    account: str
    region: str
    zone: str
    state: str
    type: str
    image: str
    architecture: str
    launched: datetime
    private_ip: str
    private_dns: str
    public_ip: str | None
    public_dns: str | None
    mac: str | None
    vpc: str | None
    subnet: str | None
    security_groups: tuple[str, ...]
    key_name: str | None
    profile: Profile | None
    user_data: bytes | None
    tags: Mapping[str, str]
    tokens: str
    hop_limit: int
    enabled: bool
    shows_tags: bool


def find(instance_id: str) -> InstanceView | None:
    """Return the instance with this ID, in any account and Region, or None if there isn't one."""
    for account, region, ec2 in backends.every("ec2"):
        for reservation in ec2.reservations.values():
            for instance in reservation.instances:
                if instance.id == instance_id:
                    return _view(account, region, ec2, instance)
    return None


def _view(account: str, region: str, ec2: Any, found: Any) -> InstanceView:
    options = found.metadata_options
    groups = found.security_groups
    network = next(iter(found.nics.values()), None)
    return InstanceView(
        found.id, account, region, found._placement.zone, found.state, found.instance_type, found.image_id,
        found.architecture, found.launch_time, found.private_ip, found.private_dns_name or "", found.public_ip or None,
        found.public_dns_name or None, network.mac_address if network is not None else None, found.vpc_id,
        found.subnet_id, tuple(group.name for group in (network.group_set if network is not None else groups)),
        found.key_name, _profile(account, ec2, found.id), _user_data(found.user_data),
        {tag["key"]: tag["value"] for tag in found.get_tags()},
        options.http_tokens, options.http_put_response_hop_limit, options.http_endpoint == "enabled",
        options.instance_metadata_tags == "enabled",
    )  # fmt: skip


def _profile(account: str, ec2: Any, instance_id: str) -> Profile | None:
    association = ec2.iam_instance_profile_associations.get(instance_id)
    if association is None:
        return None
    # If an instance profile is deleted and created again with the same name, it has another ID:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    associated = association.iam_instance_profile.id
    profiles = moto_iam.backend(account).instance_profiles.values()
    current = next((profile for profile in profiles if profile.id == associated), None)
    if current is None:
        return None
    arn = current.arn
    role = next(iter(current.roles), None)
    if role is None:
        return Profile(arn, current.id, None, None, None)
    return Profile(arn, current.id, role.name, role.arn, role.id)


def _user_data(given: Any) -> bytes | None:
    """Return the decoded user data. moto stores it as sent (in base64), in an object of its own type."""
    return base64.b64decode(given.as_bytes()) if given else None


def _modify_options(
    self: models.InstanceBackend, instance_id: str, http_tokens: str | None = None, hop_limit: int | None = None,
    http_endpoint: str | None = None, dry_run: bool | None = False, http_protocol: str | None = None,  # noqa: FBT002  # moto's
    metadata_tags: str | None = None,
) -> models.MetadataOptions:  # fmt: skip
    options = self.get_instance(instance_id).metadata_options
    changes = {
        "http_tokens": http_tokens, "http_put_response_hop_limit": int(hop_limit) if hop_limit is not None else None,
        "http_endpoint": http_endpoint, "http_protocol_ipv6": http_protocol, "instance_metadata_tags": metadata_tags,
    }  # fmt: skip
    for name, value in changes.items():
        if value is not None:
            setattr(options, name, value)
    return options


@hooks.while_installed
def _keep_omitted_options() -> hooks.Undo:
    return hooks.replace(models.InstanceBackend, modify_instance_metadata_options=_modify_options)
