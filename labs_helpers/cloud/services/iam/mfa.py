"""Virtual MFA devices, and authentication with their one-time codes.

Codes depend on the lab clock. Hardware tokens and security keys aren't modeled, so their serial numbers are unknown.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from labs_helpers.cloud.core import totp
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import root_user
from labs_helpers.cloud.services.iam.entities import (
    PAGES,
    already_exists,
    check_name,
    check_path,
    check_tags,
    delete_conflict,
    find_mfa_device,
    find_user,
    limit_exceeded,
    no_such_entity,
    own_user_name,
    validation_error,
)
from labs_helpers.engine.policy import PrincipalKind

DEVICES_PER_USER = 8
DEVICES = 5000
"""The maximum numbers of MFA devices, which are AWS's quotas.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_CODE = re.compile(r"[0-9]{6}")
_SEARCH_PERIODS = 20
"""The number of 30-second periods (ten minutes) before and after now in which two codes are searched for."""


# --- authenticating -------------------------------------------------------------------------------------------


def authenticate(call: Call) -> bool:
    """Verify the MFA device and code in an AssumeRole or GetSessionToken call. Returns False if the call has neither.

    A code can be used once. A correct code adds the MFA condition keys to the request's context, for the role's trust
    policy. Raises ValidationError for a code that doesn't have six digits, and AccessDenied for a wrong device or code,
    before any policy is evaluated.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    serial, shown = call.parameters.get("SerialNumber"), call.parameters.get("TokenCode")
    if not serial and not shown:
        return False
    if not serial or not shown:
        raise _authentication_failed(", must provide both MFA serial number and one time pass code.")
    if not _CODE.fullmatch(shown):
        raise validation_error(
            f"1 validation error detected: Value '{shown}' at 'tokenCode' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\d]*"
        )
    device = _device_of_caller(call, serial)
    if device is None:
        raise _authentication_failed(
            ", unable to validate MFA code.  "
            "Please verify your MFA serial number is valid and associated with this user."
        )
    now = totp.step(call.time) + device.drift
    found = totp.matching_step(device.base32_string_seed, shown, now)
    if found is None or found <= device.last_step:
        raise _authentication_failed(" with invalid MFA one time pass code. ")
    device.last_step = found
    call.caller_context = {
        **call.caller_context, "aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"
    }  # fmt: skip
    return True


def _authentication_failed(how: str) -> ServiceError:
    return ServiceError("AccessDenied", f"MultiFactorAuthentication failed{how}", 403)


def _device_of_caller(call: Call, serial: str) -> Any:
    """Return the virtual device with this serial number if it is enabled for the caller, or None otherwise."""
    if call.principal.kind is not PrincipalKind.USER or call.principal.account is None:
        return None
    iam = moto_iam.backend(call.principal.account)
    user = iam.users.get(call.principal.arn.rpartition("/")[2])
    return iam.virtual_mfa_devices.get(serial) if user is not None and serial in user.mfa_devices else None


# --- creating, enabling, and deleting -------------------------------------------------------------------------


@operation("iam", "CreateVirtualMFADevice")
def create_virtual_mfa_device(call: Call) -> dict[str, Any]:
    """Create a virtual MFA device and return its seed and QR code. No later response contains them.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html
    """
    name, path, tags = check_name(call, "VirtualMFADeviceName"), check_path(call), check_tags(call)
    iam = moto_iam.backend(call.account)
    serial = f"arn:aws:iam::{call.account}:mfa{path}{name}"
    if serial.lower() in (other.lower() for other in iam.virtual_mfa_devices):
        raise already_exists("MFADevice entity at the same path and name already exists.")
    if len(iam.virtual_mfa_devices) >= DEVICES:
        raise limit_exceeded("VirtualMFADevicesPerAccount", DEVICES)
    seed = call.state.ids.base32(64)
    moto_iam.add_virtual_mfa_device(call.account, path, name, seed, tags)
    account_name = next(iter(iam.account_aliases), call.account)
    device = {
        "SerialNumber": serial, "Base32StringSeed": seed.encode(), "QRCodePNG": _qr_code(name, account_name, seed)
    }  # fmt: skip
    return {"VirtualMFADevice": device | ({"Tags": tags} if tags else {})}


def _qr_code(device: str, account: str, seed: str) -> bytes:
    """Return a PNG of the URL that an authenticator app scans.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html
    """
    import segno  # Imported here because most sessions don't create an MFA device.

    image = io.BytesIO()
    url = f"otpauth://totp/{quote(device)}@{quote(account)}?secret={seed}"
    segno.make_qr(url, error="m").save(image, kind="png", scale=5)
    return image.getvalue()


@operation("iam", "EnableMFADevice")
def enable_mfa_device(call: Call) -> dict[str, Any]:
    """Assign a virtual MFA device to a user, after verifying two consecutive codes from the device.

    Rejects a device that is already assigned, and a user's ninth device.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
    """
    user, serial = find_user(call), call.parameters["SerialNumber"]
    device = find_mfa_device(call)
    if device.user is not None:
        raise already_exists(f"MFA Device {serial} is already in use.")
    if len(user.mfa_devices) >= DEVICES_PER_USER:
        raise limit_exceeded("MFADevicesPerUser", DEVICES_PER_USER)
    _synchronize(call, device)
    moto_iam.enable_mfa_device(call.account, user, device, call.time)
    return {}


@operation("iam", "ResyncMFADevice")
def resync_mfa_device(call: Call) -> dict[str, Any]:
    """Measure an MFA device's clock drift again with two consecutive codes.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html
    """
    user = find_user(call)
    _synchronize(call, _enabled_device(call, user)[1])
    return {}


def _synchronize(call: Call, device: Any) -> None:
    """Find the two codes near the lab clock's time, and store their offset for checking later codes.

    Codes that are submitted late are accepted, but the device is then out of sync, as EnableMFADevice's page
    warns. Raises InvalidAuthenticationCode if the codes aren't found.
    """
    first, second = (str(call.parameters.get(f"AuthenticationCode{number}") or "") for number in (1, 2))
    now, seed = totp.step(call.time), device.base32_string_seed
    if _CODE.fullmatch(first) and _CODE.fullmatch(second):
        found = totp.matching_step(seed, second, now, before=_SEARCH_PERIODS, after=_SEARCH_PERIODS)
        if found is not None and found - 1 > device.last_step and totp.code_of_step(seed, found - 1) == first:
            device.drift = 0 if abs(found - now) <= 1 else found - now
            device.last_step = found
            return
    raise ServiceError("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403)


@operation("iam", "DeactivateMFADevice")
def deactivate_mfa_device(call: Call) -> dict[str, Any]:
    """Deactivate a user's MFA device, or the root user's device in an AssumeRoot session.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html
    """
    if root_user.is_target_in_session(call):
        return root_user.deactivate_mfa_device(call)
    user = find_user(call, call.parameters.get("UserName") or own_user_name(call))
    serial, _ = _enabled_device(call, user)
    moto_iam.backend(call.account).deactivate_mfa_device(user.name, serial)
    return {}


@operation("iam", "DeleteVirtualMFADevice")
def delete_virtual_mfa_device(call: Call) -> dict[str, Any]:
    """Delete a virtual MFA device. Raises DeleteConflict if it is assigned to a user.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html
    """
    serial = call.parameters["SerialNumber"]
    if find_mfa_device(call).user is not None:
        raise delete_conflict("MFA VirtualDevice in use. Must deactivate first.")
    moto_iam.backend(call.account).delete_virtual_mfa_device(serial)
    return {}


def _enabled_device(call: Call, user: Any) -> tuple[str, Any]:
    serial = call.parameters["SerialNumber"]
    if serial not in user.mfa_devices:
        raise no_such_entity(f"MFA Device with serial number {serial} cannot be found.")
    return serial, find_mfa_device(call)


# --- lists and tags -------------------------------------------------------------------------------------------


@operation("iam", "ListMFADevices")
def list_mfa_devices(call: Call) -> dict[str, Any]:
    """List the MFA devices of a user, of the caller, or of the root user.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
    """
    if root_user.is_target(call):
        return root_user.mfa_devices(call)
    user = find_user(call, call.parameters.get("UserName") or own_user_name(call))
    devices = [
        {"UserName": user.name, "SerialNumber": device.serial_number, "EnableDate": device.enable_date}
        for device in user.mfa_devices.values()
    ]
    return PAGES.page(call, "MFADevices", devices)


@operation("iam", "GetMFADevice")
def get_mfa_device(call: Call) -> dict[str, Any]:
    """Return a user's MFA device. Raises NoSuchEntity if it isn't enabled for that user.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html
    """
    user = find_user(call, call.parameters.get("UserName") or own_user_name(call))
    serial, device = _enabled_device(call, user)
    return {"UserName": user.name, "SerialNumber": serial, "EnableDate": device.enable_date}


@operation("iam", "ListVirtualMFADevices")
def list_virtual_mfa_devices(call: Call) -> dict[str, Any]:
    """List the account's virtual MFA devices with their users, filtered by AssignmentStatus.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html
    """
    status = call.parameters.get("AssignmentStatus") or "Any"
    if status not in ("Assigned", "Unassigned", "Any"):
        raise validation_error(
            "1 validation error detected: Value at 'assignmentStatus' failed to satisfy constraint: "
            "Member must satisfy enum value set"
        )
    devices = [
        _device_members(device)
        for device in moto_iam.backend(call.account).virtual_mfa_devices.values()
        if status == "Any" or (device.user is not None) == (status == "Assigned")
    ]
    return PAGES.page(call, "VirtualMFADevices", sorted(devices, key=lambda device: device["SerialNumber"]))


def _device_members(device: Any) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"SerialNumber": device.serial_number}
    if device.user is not None:
        user = device.user
        shown["User"] = {
            "Path": user.path, "UserName": user.name, "UserId": user.id, "Arn": user.arn,
            "CreateDate": user.create_date,
        }  # fmt: skip
        shown["EnableDate"] = device.enable_date
    return shown
