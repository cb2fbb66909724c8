"""The changes to moto's EC2: errors in EC2's words, and user data that is base64-encoded once."""

from __future__ import annotations

import base64
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2 import exceptions
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.responses import instances as responses
from moto.ec2.utils import parse_user_data

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.ec2.unknown_ids import in_own_words


def _user_data_of_request(value: Any) -> Base64EncodedString | None:
    """Return user data in moto's type. ModifyInstanceAttribute sends bytes, already decoded from base64."""
    if isinstance(value, bytes):
        return Base64EncodedString(base64.b64encode(value).decode())
    return parse_user_data(value)


_modify_attribute = InstanceBackend.modify_instance_attribute


def _modify_instance_attribute(self: InstanceBackend, instance_id: str, key: str, value: Any) -> Any:
    if key == "user_data" and isinstance(value, str):
        value = parse_user_data(value)
    return _modify_attribute(self, instance_id, key, value)


_error = exceptions.EC2ClientError.__init__
_SNAPSHOTS = {
    name: getattr(EBSBackend, name) for name in ("get_snapshot", "delete_snapshot", "describe_snapshots")
}


def _in_own_words(self: exceptions.EC2ClientError, code: str, message: str) -> None:
    _error(self, *in_own_words(code, message))


def _naming(method: Any) -> Any:
    """Return a method that names the snapshot that it doesn't find."""

    def named(self: EBSBackend, *given: Any, **more: Any) -> Any:
        """Call the method."""
        try:
            return method(self, *given, **more)
        except exceptions.InvalidSnapshotIdError:
            asked: Any = given[0] if given else more.get("snapshot_ids") or more.get("snapshot_id")
            asked = [asked] if isinstance(asked, str) else asked
            message = (
                f"The snapshot '{next(each for each in asked if each not in self.snapshots)}' does not exist"
            )
            raise exceptions.EC2ClientError("InvalidSnapshot.NotFound", message) from None

    return named


@hooks.while_installed
def _word_errors_as_ec2() -> hooks.Undo:
    """Let moto's errors name an unknown ID in EC2's words, and not as a Python set or None.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    return hooks.all_of(
        hooks.replace(exceptions.EC2ClientError, __init__=_in_own_words),
        hooks.replace(EBSBackend, **{name: _naming(method) for name, method in _SNAPSHOTS.items()}),
    )


@hooks.while_installed
def _decode_user_data_once() -> hooks.Undo:
    """Let ModifyInstanceAttribute take user data as SDKs send it: in base64, once.

    moto expects it in base64 twice, and keeps the text of `Attribute=userData` unchecked. OBSERVED in 2024, in
    events of calls by aws-sdk-go (https://github.com/DataDog/stratus-red-team, aws.execution.ec2-user-data).
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
    """
    return hooks.all_of(
        hooks.replace(responses, parse_user_data=_user_data_of_request),
        hooks.replace(InstanceBackend, modify_instance_attribute=_modify_instance_attribute),
    )
