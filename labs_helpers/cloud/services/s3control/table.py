"""The authorization table for S3 Control: the actions for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.shared.authorization_table import Table
from labs_helpers.cloud.services.shared.service_facts import Facts


def _owner(call: Call) -> str | None:
    """Return the account in x-amz-account-id; no policy can allow these actions to another account."""
    return call.parameters.get("AccountId")


TABLE = Table("s3control", "s3", resources={}, owner=_owner, facts=Facts(denied=("AccessDenied", 403)))
TABLE.ask("PutPublicAccessBlock DeletePublicAccessBlock", action="PutAccountPublicAccessBlock")
TABLE.ask("GetPublicAccessBlock", action="GetAccountPublicAccessBlock")
