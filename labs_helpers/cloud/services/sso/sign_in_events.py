"""The sign-in event in the role's account: AssumeRoleWithSAML, which Identity Center calls for the user.

https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_examples-sts-api
"""

from __future__ import annotations

import base64
import hashlib

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.cloud.services.sts.sessions import shown
from labs_helpers.engine.policy.arn import Arn


def record_federation(
    call: Call, instance: Instance, session: Credentials, provider: str, name: str, seconds: int
) -> None:
    """Record the event for a session of a reserved role, federated by a SAML provider for the user with this name."""
    ids, role = call.state.ids, session.principal.issuer or ""
    account = Arn.parse(role).account
    document = f"{account}/{provider.rpartition('/')[2]}"
    digest = hashlib.sha1((instance.issuer + document).encode(), usedforsecurity=False).digest()
    qualifier = base64.b64encode(digest).decode()
    model = protocols.model("sts")
    assert model is not None
    request = ids.uuid()
    answer = {
        **shown(session),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.principal.arn},
        "Subject": name,
        "SubjectType": "persistent",
        "Issuer": instance.issuer,
        "Audience": reserved_roles.AUDIENCE,
        "NameQualifier": qualifier,
    }
    identity = {
        "type": "SAMLUser", "principalId": f"{qualifier}:{name}", "userName": name, "identityProvider": qualifier,
    }  # fmt: skip
    call.state.record.add(
        Entry(
            event_id=ids.uuid(), request_id=request, time=call.time, service="sts", operation="AssumeRoleWithSAML",
            region=instance.region, account=account, principal_arn=provider, caller_account=None,
            access_key_id=None, source_ip=call.source_ip, user_agent=call.headers.get("user-agent", ""),
            parameters={
                "RoleArn": role, "PrincipalArn": provider, "DurationSeconds": seconds,
            },
            shown={"userIdentity": identity},
            answer=protocols.serialize(
                "sts", model.operation_model("AssumeRoleWithSAML"), "query", answer, request
            ),
        )
    )  # fmt: skip
