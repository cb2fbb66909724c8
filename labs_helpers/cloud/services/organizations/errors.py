"""Errors from Organizations, with the reasons that its API reference lists.

If AWS's messages are known from responses, these messages are used. Otherwise, they are worded like the API reference.
https://docs.aws.amazon.com/organizations/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.errors import ServiceError

_UNKNOWN = {
    "Account": "You specified an account that doesn't exist.",
    "Child": "You specified a child that doesn't exist.",
    "CreateAccountStatus": "You specified a create account request that doesn't exist.",
    "DestinationParent": "You specified a destination parent that doesn't exist.",
    "EffectivePolicy": "The account has no effective policy of this type.",
    "Handshake": "You specified a handshake that doesn't exist.",
    "OrganizationalUnit": "You specified an organizational unit that doesn't exist.",
    "Parent": "You specified a parent that doesn't exist.",
    "Policy": "You specified a policy that doesn't exist.",
    "ResourcePolicy": "The organization has no resource policy.",
    "Root": "You specified a root that doesn't exist.",
    "SourceParent": "You specified a source parent that doesn't exist.",
    "Target": "You specified a target that doesn't exist.",
}
_CONSTRAINTS = {
    "ACCOUNT_CANNOT_LEAVE_ORGANIZATION": (
        "The account can't be removed from the organization before it is finally closed."
    ),
    "ACCOUNT_NUMBER_LIMIT_EXCEEDED": "You have exceeded the allowed number of AWS accounts.",
    "CANNOT_CLOSE_MANAGEMENT_ACCOUNT": "You attempted to close the management account.",
    "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR": (
        "You cannot register master account/yourself as delegated administrator for your organization."
    ),
    "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR": (
        "You cannot register a suspended account as a delegated administrator."
    ),
    "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG": (
        "You cannot remove an account that is registered as a delegated administrator for a service integrated with "
        "your organization. Deregister it first."
    ),
    "CLOSE_ACCOUNT_QUOTA_EXCEEDED": "You have exceeded close account quota for the past 30 days.",
    "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED": (
        "You attempted to exceed the number of accounts that you can close at a time."
    ),
    "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE": (
        "The service already has a delegated administrator in your organization. Deregister it first."
    ),
    "HANDSHAKE_RATE_LIMIT_EXCEEDED": (
        "You attempted to exceed the number of handshakes that you can send in one day."
    ),
    "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED": (
        "You attempted to register more delegated administrators than allowed for the service principal."
    ),
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": (
        "You have attached the maximum number of policies to the specified target."
    ),
    "MAX_TAG_LIMIT_EXCEEDED": "You have exceeded the number of tags allowed on this resource.",
    "MEMBER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED": (
        "The member account must be configured with a valid payment method, such as a credit card."
    ),
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": (
        "You cannot remove the last policy attached to the specified target. You must have at least one attached at "
        "all times."
    ),
    "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE": "The organization must have all features enabled.",
    "OU_DEPTH_LIMIT_EXCEEDED": (
        "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed."
    ),
    "OU_NUMBER_LIMIT_EXCEEDED": (
        "You attempted to exceed the number of OUs that you can have in an organization."
    ),
    "POLICY_CONTENT_LIMIT_EXCEEDED": "You have exceeded the maximum policy size.",
    "POLICY_NUMBER_LIMIT_EXCEEDED": (
        "You attempted to exceed the number of policies that you can have in an organization."
    ),
    "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE": (
        "You attempted to disable service access before you disabled the policy type."
    ),
    "SERVICE_ACCESS_NOT_ENABLED": "You must first enable service access: call EnableAWSServiceAccess.",
    "TAG_POLICY_VIOLATION": (
        "You attempted to create or update a resource with tags that are not compliant with the tag policy "
        "requirements for this account."
    ),
    "WAIT_PERIOD_ACTIVE": (
        "This operation requires a wait period. Try again at least four days after the account was created."
    ),
}
_INVALID = {
    "DUPLICATE_TAG_KEY": "Tag keys must be unique among the tags attached to the same entity.",
    "IMMUTABLE_POLICY": "You specified a policy that is managed by AWS and can't be modified.",
    "INVALID_EMAIL_ADDRESS_TARGET": "You specified an invalid email address for the invited account owner.",
    "INVALID_NEXT_TOKEN": "You specified an invalid pagination token.",
    "INVALID_PARTY_TYPE_TARGET": "You specified the wrong type of entity as a party.",
    "INVALID_PATTERN": "You provided a value that does not match the required pattern.",
    "INVALID_PRINCIPAL": "You specified an invalid principal element in the policy.",
    "INVALID_RESOURCE_POLICY_JSON": "You provided a resource policy that is not valid.",
    "INVALID_ROLE_NAME": (
        "You provided a role name that isn't valid. A role name can't begin with AWSServiceRoleFor."
    ),
    "INVALID_SYSTEM_TAGS_PARAMETER": "You specified a tag key that is a system tag.",
    "MAX_LIMIT_EXCEEDED_FILTER": "You can specify only one filter parameter for the operation.",
    "NON_DETACHABLE_POLICY": "You can't detach this AWS Managed Policy.",
    "TARGET_NOT_SUPPORTED": "You can't perform the specified operation on that target entity.",
    "UNRECOGNIZED_SERVICE_PRINCIPAL": "You specified an unrecognized service principal.",
    "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY": "You specified an action that resource policies don't support.",
    "UNSUPPORTED_POLICY_TYPE_IN_RESOURCE_POLICY": (
        "You specified a policy type that resource policies don't support."
    ),
    "UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY": "You specified a resource that doesn't belong to your organization.",
}
_HANDSHAKES = {
    "ACCOUNT_NUMBER_LIMIT_EXCEEDED": "You have exceeded the allowed number of AWS accounts.",
    "ALREADY_IN_AN_ORGANIZATION": "The invited account is already a member of an organization.",
    "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES": (
        "You can't issue new invitations while your organization is in the process of enabling all features."
    ),
    "ORGANIZATION_ALREADY_HAS_ALL_FEATURES": "The organization has already enabled all features.",
    "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION": (
        "The organization has already started the process to enable all features."
    ),
}


def not_found(what: str) -> ServiceError:
    """Return `<what>NotFoundException`."""
    return ServiceError(f"{what}NotFoundException", _UNKNOWN[what])


def constraint(reason: str, message: str | None = None) -> ServiceError:
    """Return a ConstraintViolationException whose reason names the limit that was exceeded."""
    return ServiceError("ConstraintViolationException", message or _CONSTRAINTS[reason], Reason=reason)


def invalid(reason: str, message: str | None = None) -> ServiceError:
    """Return an InvalidInputException whose reason is the error in a parameter."""
    return ServiceError("InvalidInputException", message or _INVALID[reason], Reason=reason)


def handshake_constraint(reason: str) -> ServiceError:
    """Return a HandshakeConstraintViolationException whose reason is the rule that was violated."""
    return ServiceError("HandshakeConstraintViolationException", _HANDSHAKES[reason], Reason=reason)


def no_permission() -> ServiceError:
    """Return AccessDeniedException for an account that can't call the operation, regardless of policies."""
    return ServiceError("AccessDeniedException", "You don't have permissions to access this resource.")


def not_in_use() -> ServiceError:
    """Return the error for an account that isn't in an organization."""
    return ServiceError(
        "AWSOrganizationsNotInUseException", "Your account is not a member of an organization."
    )
