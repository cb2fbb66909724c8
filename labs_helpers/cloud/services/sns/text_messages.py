"""Text message settings, and phone numbers that have opted out. In this cloud, no number has opted out.

https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html
https://docs.aws.amazon.com/sns/latest/api/API_CheckIfPhoneNumberIsOptedOut.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.sns.errors import invalid
from labs_helpers.cloud.services.sns.pages import PAGES

_ATTRIBUTES = frozenset(
    ("MonthlySpendLimit", "DeliveryStatusIAMRole", "DeliveryStatusSuccessSamplingRate", "DefaultSenderID",
     "DefaultSMSType", "UsageReportS3Bucket")
)  # fmt: skip
_PAGES = replace(PAGES, token="nextToken")
_NUMBER = re.compile(r"\+?\d{4,15}", re.ASCII)


@operation("sns", "SetSMSAttributes")
def set_sms_attributes(call: Call) -> Answer:
    """Set the account's settings for text messages. Rejects unknown attributes."""
    given: Mapping[str, str] = call.parameters.get("attributes") or {}
    unknown = sorted(given.keys() - _ATTRIBUTES)
    if unknown:
        raise invalid(f"{unknown[0]} is not a valid attribute")
    if given.get("DefaultSMSType") not in (None, "Promotional", "Transactional"):
        raise invalid("DefaultSMSType is invalid")
    return call.moto()


@operation("sns", "CheckIfPhoneNumberIsOptedOut")
def check_if_phone_number_is_opted_out(call: Call) -> Mapping[str, Any]:
    """Return false, because no phone number has opted out."""
    if not _NUMBER.fullmatch(call.parameters["phoneNumber"]):
        raise invalid("PhoneNumber Reason: input incorrectly formatted")
    return {"isOptedOut": False}


@operation("sns", "ListPhoneNumbersOptedOut")
def list_phone_numbers_opted_out(call: Call) -> Mapping[str, Any]:
    """Return an empty list of phone numbers."""
    return _PAGES.page(call, "phoneNumbers", ())
