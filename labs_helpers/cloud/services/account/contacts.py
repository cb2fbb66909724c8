"""The contacts that AWS notifies: the primary contact, with its phone number, and the alternate contacts.

https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-primary.html
https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.mailbox import Mailboxes
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.account.access import target
from labs_helpers.cloud.services.account.errors import conflict, not_found, wrong_field
from labs_helpers.cloud.services.account.state import Accounts, Details, Passcode

_WITH_REGIONS = frozenset("US CA GB DE JP IN BR".split())
"""Countries whose addresses have a state or region, according to the API reference for `ContactInformation`."""


def _details(call: Call) -> Details:
    return call.state.part(Accounts).of(target(call))


# --- alternate contacts ---------------------------------------------------------------------------------------


@operation("account", "PutAlternateContact")
def put_alternate_contact(call: Call) -> Mapping[str, Any]:
    """Set the account's alternate contact of a type, replacing any previous contact of that type."""
    contact = {name: value for name, value in call.parameters.items() if name != "AccountId"}
    _details(call).alternates[contact["AlternateContactType"]] = contact
    return {}


@operation("account", "GetAlternateContact")
def get_alternate_contact(call: Call) -> Mapping[str, Any]:
    """Return the alternate contact of a type."""
    return {"AlternateContact": _alternate(call)}


@operation("account", "DeleteAlternateContact")
def delete_alternate_contact(call: Call) -> Mapping[str, Any]:
    """Delete the alternate contact of the given type."""
    del _details(call).alternates[_alternate(call)["AlternateContactType"]]
    return {}


def _alternate(call: Call) -> dict[str, str]:
    contact = _details(call).alternates.get(call.parameters["AlternateContactType"])
    if contact is None:
        raise not_found("No contact of the inputted alternate contact type found.")
    return contact


# --- primary contact ------------------------------------------------------------------------------------------


@operation("account", "PutContactInformation")
def put_contact_information(call: Call) -> Mapping[str, Any]:
    """Replace the whole primary contact. After a change, the phone number is unverified."""
    contact, details = dict(call.parameters["ContactInformation"]), _details(call)
    if contact["CountryCode"] in _WITH_REGIONS and not contact.get("StateOrRegion"):
        raise wrong_field("stateOrRegion", "The state or region is required for this country.")
    if details.contact is None or details.contact["PhoneNumber"] != contact["PhoneNumber"]:
        details.verified, details.phone_code = False, None
    details.contact = contact
    return {}


@operation("account", "GetContactInformation")
def get_contact_information(call: Call) -> Mapping[str, Any]:
    """Return the primary contact. Accounts in this cloud have no primary contact until it is set."""
    return {"ContactInformation": _contact(call), "VerificationStatus": _details(call).verification}


def _contact(call: Call) -> dict[str, str]:
    contact = _details(call).contact
    if contact is None:
        raise not_found("No contact information was found for the account.")
    return contact


@operation("account", "SendPhoneNumberVerification")
def send_phone_number_verification(call: Call) -> Mapping[str, Any]:
    """Send a passcode to the primary contact's phone number, replacing any earlier passcode."""
    number, details = _contact(call)["PhoneNumber"], _details(call)
    if details.verified:
        raise conflict("The phone number has already been verified.")
    details.phone_code = new_passcode()
    text = f"Your AWS verification code is {details.phone_code.code}"
    call.state.part(Mailboxes).send(number, text, medium="SMS", sent=call.time)
    return {"Status": details.verification}


@operation("account", "VerifyPhoneNumber")
def verify_phone_number(call: Call) -> Mapping[str, Any]:
    """Mark the phone number as verified if the passcode matches the one that was sent."""
    details = _details(call)
    if details.phone_code is None or details.phone_code.spent:
        raise not_found("There is no pending verification for the phone number.")
    check_passcode(call, details.phone_code)
    details.verified, details.phone_code = True, None
    return {"Status": details.verification}


# --- passcodes ------------------------------------------------------------------------------------------------


def new_passcode() -> Passcode:
    """Return a random six-digit passcode."""
    return Passcode(f"{secrets.randbelow(10**6):06}")


def check_passcode(call: Call, sent: Passcode) -> None:
    """Raise ValidationException if a call's passcode doesn't match the passcode that was sent."""
    if not sent.fits(call.parameters["Otp"]):
        raise wrong_field("otp", "The one-time passcode is not valid.")
