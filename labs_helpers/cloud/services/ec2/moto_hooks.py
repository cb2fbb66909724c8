"""The change to moto's EC2 for user data: ModifyInstanceAttribute accepts user data that is base64-encoded once."""

from __future__ import annotations

import base64
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.responses import instances as responses
from moto.ec2.utils import parse_user_data

from labs_helpers.cloud.moto import hooks


def _user_data_of_request(value: Any) -> Base64EncodedString | None:
    """Return user data in moto's type. ModifyInstanceAttribute sends bytes: they were in base64, and are decoded."""
    if isinstance(value, bytes):
        return Base64EncodedString(base64.b64encode(value).decode())
    return parse_user_data(value)


_modify_attribute = InstanceBackend.modify_instance_attribute


def _modify_instance_attribute(self: InstanceBackend, instance_id: str, key: str, value: Any) -> Any:
    if key == "user_data" and isinstance(value, str):
        value = parse_user_data(value)
    return _modify_attribute(self, instance_id, key, value)


@hooks.while_installed
def _decode_user_data_once() -> hooks.Undo:
    """Let ModifyInstanceAttribute take user data as SDKs send it: in base64, once.

    moto wants it in base64 twice, and keeps the text of `Attribute=userData` without a look at it. OBSERVED in 2024, in
    events of calls by aws-sdk-go (https://github.com/DataDog/stratus-red-team, aws.execution.ec2-user-data).
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
    """
    return hooks.all_of(
        hooks.replace(responses, parse_user_data=_user_data_of_request),
        hooks.replace(InstanceBackend, modify_instance_attribute=_modify_instance_attribute),
    )
