"""Devices from which users sign in. A remembered device can replace the second factor.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html
"""

from __future__ import annotations

import base64
import binascii
import secrets
import string
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import USER_PAGES, pool_of, user_of
from labs_helpers.cloud.services.cognito_idp.errors import error, invalid, not_found
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import SignIn
from labs_helpers.cloud.services.cognito_idp.state import Device, User, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens import verification
from labs_helpers.cloud.services.cognito_idp.users import directory

_WITHOUT_USER_NOT_FOUND = ("AdminGetDevice", "AdminListDevices")
"""Operations whose API reference pages don't list UserNotFoundException."""
_LETTERS = string.ascii_letters + string.digits


def tracked(pool: UserPool) -> bool:
    """Return True if the pool tracks devices."""
    return pool.settings.get("DeviceConfiguration") is not None


def register(sign_in: SignIn) -> dict[str, str] | None:
    """Register an unknown device and return NewDeviceMetadata.

    Returns None for a known device, or if the pool doesn't track devices.
    """
    if not tracked(sign_in.pool) or sign_in.device in sign_in.user.devices:
        return None
    call = sign_in.call
    key = f"{sign_in.pool.region}_{call.state.ids.uuid()}"
    group = "-" + "".join(secrets.choice(_LETTERS) for _ in range(8))
    sign_in.user.devices[key] = Device(key, group, call.time, call.time, call.time, call.source_ip)
    return {"DeviceKey": key, "DeviceGroupKey": group}


def find_remembered(sign_in: SignIn) -> Device | None:
    """Return the device that the request specifies if it is confirmed and remembered, or None otherwise.

    Raises ResourceNotFoundException for the key of a device that the user doesn't have.
    """
    if not sign_in.device or not tracked(sign_in.pool):
        return None
    found = sign_in.user.devices.get(sign_in.device)
    if found is None:
        raise not_found("Device does not exist.")
    return found if found.remembered and found.verifier is not None else None


def suppresses_mfa(pool: UserPool) -> bool:
    """Return True if a remembered device replaces the second factor."""
    return bool((pool.settings.get("DeviceConfiguration") or {}).get("ChallengeRequiredOnNewDevice"))


def device_type(device: Device) -> dict[str, Any]:
    """Return a device in the form of DeviceType.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetDevice.html
    """
    described = {
        "device_status": "valid", "device_name": device.name, "last_ip_used": device.address,
        "dev:device_remembered_status": "remembered" if device.remembered else "not_remembered",
    }  # fmt: skip
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": directory.attribute_list(
            {name: value for name, value in described.items() if value}
        ),
        "DeviceCreateDate": device.created,
        "DeviceLastModifiedDate": device.modified,
        "DeviceLastAuthenticatedDate": device.authenticated,
    }


def _device(call: Call, pool: UserPool, user: User) -> Device:
    if not tracked(pool):
        raise error("InvalidUserPoolConfiguration", "Device tracking is not enabled for this user pool.")
    found = user.devices.get(call.parameters["DeviceKey"])
    if found is None:
        raise not_found("Device does not exist.")
    return found


def _own(call: Call) -> tuple[UserPool, User]:
    found = verification.verify_caller(call)
    assert found.user is not None
    return found.pool, found.user


def _administered(call: Call) -> tuple[UserPool, User]:
    pool = pool_of(call)
    user = directory.find_for(call, pool, call.parameters["Username"])
    if user is None and call.operation in _WITHOUT_USER_NOT_FOUND:
        raise not_found("User does not exist.")
    return pool, user or user_of(call, pool)


def _pool_and_user(call: Call) -> tuple[UserPool, User]:
    """Return the pool, and the user whom an administrator specifies or who has the access token."""
    return _administered(call) if call.operation.startswith("Admin") else _own(call)


@operation("cognito-idp", "ConfirmDevice")
def confirm_device(call: Call) -> dict[str, Any]:
    """Confirm a new device with its SRP verifier and salt.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmDevice.html
    """
    pool, user = _own(call)
    device = _device(call, pool, user)
    if device.verifier is not None:
        raise error("DeviceKeyExists", "Device already exists with given deviceKey.")
    config = call.parameters.get("DeviceSecretVerifierConfig") or {}
    device.verifier = _number(config.get("PasswordVerifier"), "PasswordVerifier")
    device.salt = _number(config.get("Salt"), "Salt")
    device.name, device.modified = call.parameters.get("DeviceName"), call.time
    prompts = bool(pool.settings["DeviceConfiguration"].get("DeviceOnlyRememberedOnUserPrompt"))
    device.remembered = not prompts
    return {"UserConfirmationNecessary": prompts}


def _number(text: str | None, name: str) -> int:
    try:
        number = int.from_bytes(base64.b64decode(text or "", validate=True), "big")
    except (binascii.Error, ValueError) as wrong:
        raise invalid(f"Invalid device secret verifier config: {name} is not Base64.") from wrong
    if not number:
        raise invalid(f"Invalid device secret verifier config: {name} is missing.")
    return number


@operation("cognito-idp", "GetDevice", "AdminGetDevice")
def get_device(call: Call) -> dict[str, Any]:
    """Return one of the user's devices.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDevice.html
    """
    pool, user = _pool_and_user(call)
    return {"Device": device_type(_device(call, pool, user))}


@operation("cognito-idp", "ListDevices", "AdminListDevices")
def list_devices(call: Call) -> dict[str, Any]:
    """List the user's devices.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListDevices.html
    """
    pool, user = _pool_and_user(call)
    if not tracked(pool):
        raise error("InvalidUserPoolConfiguration", "Device tracking is not enabled for this user pool.")
    found = [device_type(device) for device in user.devices.values()]
    return USER_PAGES.page(call, "Devices", found)


@operation("cognito-idp", "ForgetDevice", "AdminForgetDevice")
def forget_device(call: Call) -> dict[str, Any]:
    """Forget one of the user's devices.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgetDevice.html
    """
    pool, user = _pool_and_user(call)
    del user.devices[_device(call, pool, user).key]
    return {}


@operation("cognito-idp", "UpdateDeviceStatus", "AdminUpdateDeviceStatus")
def update_device_status(call: Call) -> dict[str, Any]:
    """Set whether a device is remembered.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateDeviceStatus.html
    """
    pool, user = _pool_and_user(call)
    device = _device(call, pool, user)
    status = call.parameters.get("DeviceRememberedStatus")
    if status is not None:
        device.remembered, device.modified = status == "remembered", call.time
    return {}
