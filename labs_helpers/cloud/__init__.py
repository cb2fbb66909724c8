"""The in-process AWS cloud and its public API.

    from labs_helpers.cloud import Cloud
    with Cloud() as cloud: ...

`__all__` lists everything that the course, notebooks, and external code import from the cloud. Each name is loaded on
first use. Simulated clients and other parties outside the cloud are in `labs_helpers.cloud.actors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.cloud.account_files.json_files import AccountFileError, NotInFiles
    from labs_helpers.cloud.account_files.loaded_cloud import LoadedCloud
    from labs_helpers.cloud.account_files.used_access import unused_services, used_policy
    from labs_helpers.cloud.audit.cloud_facts import (
        organization_of,
        public_access_block,
    )
    from labs_helpers.cloud.audit.escalation import escalations
    from labs_helpers.cloud.audit.inventory import Thing, inventory
    from labs_helpers.cloud.audit.known_services import (
        action_of_operation,
        served_prefixes,
        serves_prefix,
    )
    from labs_helpers.cloud.audit.outlooks import Outlooks
    from labs_helpers.cloud.audit.outside_access import outside_access
    from labs_helpers.cloud.audit.preview import Preview
    from labs_helpers.cloud.audit.recorded_events import recorded_events
    from labs_helpers.cloud.audit.refusal_texts import refusal_message, service_and_protocol
    from labs_helpers.cloud.audit.replay import Guardrails, Replayed, replay
    from labs_helpers.cloud.audit.trail_setup import bucket_policy, open_trail
    from labs_helpers.cloud.audit.what_can import what_can
    from labs_helpers.cloud.audit.who_can import who_can
    from labs_helpers.cloud.cloud import ADMIN, HOME, Cloud
    from labs_helpers.cloud.core.call import Judgement
    from labs_helpers.cloud.core.clock import Clock
    from labs_helpers.cloud.core.errors import NotModelled, ServiceError
    from labs_helpers.cloud.core.platform import complete_hashlib, in_a_browser
    from labs_helpers.cloud.core.record import Entry
    from labs_helpers.cloud.gate.policies_in_force import parsed
    from labs_helpers.cloud.gate.request_context import supposed_context
    from labs_helpers.cloud.process.network import NetworkRefused
    from labs_helpers.cloud.process.profiles import NoKeys
    from labs_helpers.cloud.services import modelled_services
    from labs_helpers.cloud.services.iam.moto_view import managed_policy, ways_in
    from labs_helpers.cloud.services.organizations.policy_content import check as check_organization_policy
    from labs_helpers.cloud.services.organizations.quotas import policy_quota
    from labs_helpers.cloud.services.organizations.quotas import quotas as organization_quotas
    from labs_helpers.cloud.services.organizations.state import (
        FULL_ACCESS,
        RCP,
        RCP_FULL_ACCESS,
        SCP,
        Organization,
        OrganizationPolicy,
    )
    from labs_helpers.cloud.services.web import csrf_token, protect
    from labs_helpers.cloud.services.web.protections import forged as form_is_forged
    from labs_helpers.cloud.services.web.protections import secure_cookie

_HOMES = {
    "ADMIN": "labs_helpers.cloud.cloud",
    "AccountFileError": "labs_helpers.cloud.account_files.json_files",
    "Clock": "labs_helpers.cloud.core.clock",
    "Cloud": "labs_helpers.cloud.cloud",
    "Entry": "labs_helpers.cloud.core.record",
    "FULL_ACCESS": "labs_helpers.cloud.services.organizations.state",
    "Guardrails": "labs_helpers.cloud.audit.replay",
    "HOME": "labs_helpers.cloud.cloud",
    "Judgement": "labs_helpers.cloud.core.call",
    "LoadedCloud": "labs_helpers.cloud.account_files.loaded_cloud",
    "NetworkRefused": "labs_helpers.cloud.process.network",
    "NoKeys": "labs_helpers.cloud.process.profiles",
    "NotInFiles": "labs_helpers.cloud.account_files.json_files",
    "NotModelled": "labs_helpers.cloud.core.errors",
    "Organization": "labs_helpers.cloud.services.organizations.state",
    "OrganizationPolicy": "labs_helpers.cloud.services.organizations.state",
    "Outlooks": "labs_helpers.cloud.audit.outlooks",
    "Preview": "labs_helpers.cloud.audit.preview",
    "RCP": "labs_helpers.cloud.services.organizations.state",
    "RCP_FULL_ACCESS": "labs_helpers.cloud.services.organizations.state",
    "Replayed": "labs_helpers.cloud.audit.replay",
    "SCP": "labs_helpers.cloud.services.organizations.state",
    "ServiceError": "labs_helpers.cloud.core.errors",
    "Thing": "labs_helpers.cloud.audit.inventory",
    "action_of_operation": "labs_helpers.cloud.audit.known_services",
    "bucket_policy": "labs_helpers.cloud.audit.trail_setup",
    "check_organization_policy": "labs_helpers.cloud.services.organizations.policy_content:check",
    "complete_hashlib": "labs_helpers.cloud.core.platform",
    "csrf_token": "labs_helpers.cloud.services.web",
    "escalations": "labs_helpers.cloud.audit.escalation",
    "form_is_forged": "labs_helpers.cloud.services.web.protections:forged",
    "in_a_browser": "labs_helpers.cloud.core.platform",
    "inventory": "labs_helpers.cloud.audit.inventory",
    "managed_policy": "labs_helpers.cloud.services.iam.moto_view",
    "modelled_services": "labs_helpers.cloud.services",
    "open_trail": "labs_helpers.cloud.audit.trail_setup",
    "organization_of": "labs_helpers.cloud.audit.cloud_facts",
    "organization_quotas": "labs_helpers.cloud.services.organizations.quotas:quotas",
    "outside_access": "labs_helpers.cloud.audit.outside_access",
    "parsed": "labs_helpers.cloud.gate.policies_in_force",
    "policy_quota": "labs_helpers.cloud.services.organizations.quotas",
    "protect": "labs_helpers.cloud.services.web",
    "public_access_block": "labs_helpers.cloud.audit.cloud_facts",
    "recorded_events": "labs_helpers.cloud.audit.recorded_events",
    "refusal_message": "labs_helpers.cloud.audit.refusal_texts",
    "replay": "labs_helpers.cloud.audit.replay",
    "secure_cookie": "labs_helpers.cloud.services.web.protections",
    "served_prefixes": "labs_helpers.cloud.audit.known_services",
    "serves_prefix": "labs_helpers.cloud.audit.known_services",
    "service_and_protocol": "labs_helpers.cloud.audit.refusal_texts",
    "supposed_context": "labs_helpers.cloud.gate.request_context",
    "unused_services": "labs_helpers.cloud.account_files.used_access",
    "used_policy": "labs_helpers.cloud.account_files.used_access",
    "ways_in": "labs_helpers.cloud.services.iam.moto_view",
    "what_can": "labs_helpers.cloud.audit.what_can",
    "who_can": "labs_helpers.cloud.audit.who_can",
}
__all__ = [
    "ADMIN",
    "FULL_ACCESS",
    "HOME",
    "RCP",
    "RCP_FULL_ACCESS",
    "SCP",
    "AccountFileError",
    "Clock",
    "Cloud",
    "Entry",
    "Guardrails",
    "Judgement",
    "LoadedCloud",
    "NetworkRefused",
    "NoKeys",
    "NotInFiles",
    "NotModelled",
    "Organization",
    "OrganizationPolicy",
    "Outlooks",
    "Preview",
    "Replayed",
    "ServiceError",
    "Thing",
    "action_of_operation",
    "bucket_policy",
    "check_organization_policy",
    "complete_hashlib",
    "csrf_token",
    "escalations",
    "form_is_forged",
    "in_a_browser",
    "inventory",
    "managed_policy",
    "modelled_services",
    "open_trail",
    "organization_of",
    "organization_quotas",
    "outside_access",
    "parsed",
    "policy_quota",
    "protect",
    "public_access_block",
    "recorded_events",
    "refusal_message",
    "replay",
    "secure_cookie",
    "served_prefixes",
    "serves_prefix",
    "service_and_protocol",
    "supposed_context",
    "unused_services",
    "used_policy",
    "ways_in",
    "what_can",
    "who_can",
]
__getattr__, __dir__ = exported(__name__, _HOMES)
