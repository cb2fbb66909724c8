"""Operations that change the cloud as a whole, for processes that have the endpoint's token.

`Cloud.attach` uses these operations. Their paths begin with an underscore, which a bucket name can't contain. Responses
are JSON.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.endpoint.http_message import Sent
from labs_helpers.cloud.process.profiles import Profiles

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud

PREFIX = "/_labs/"
TOKEN = "x-labs-token"


class Control:
    """A handler for the operations on the cloud as a whole.

    Each is a POST of a JSON object to /_labs/<name>, with the token in a header.

    GET /_labs/ca returns the endpoint's certificate authority and doesn't require a token.
    """

    def __init__(self, cloud: Cloud, profiles: Profiles, token: str, authority: str):
        self._cloud, self._profiles, self._token = cloud, profiles, token
        self._authority = authority
        self._operations: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "profiles": self._give_profiles,
            "account": lambda asked: cloud.account(asked["id"]).profile_name,
            "root": lambda asked: cloud.root(asked.get("id")).profile_name,
            "now": lambda _: cloud.clock.now().isoformat(),
            "advance": lambda asked: cloud.clock.advance(**asked).isoformat(),
            "mailbox": lambda asked: list(cloud.mailbox(asked["destination"])),
            "reset": lambda _: cloud.reset(),
        }

    def answer(self, sent: Sent) -> Answer:
        """Perform the requested operation and return its result or error."""
        if (sent.method, sent.path) == ("GET", f"{PREFIX}ca"):
            return Answer(200, {"Content-Type": "application/x-pem-file"}, self._authority)
        token = sent.named.get(TOKEN, "")
        if sent.method != "POST" or not hmac.compare_digest(token.encode(), self._token.encode()):
            return _json(403, {"error": "this changes the cloud as a whole: it needs the endpoint's token"})
        operation = self._operations.get(sent.path.removeprefix(PREFIX))
        if operation is None:
            return _json(
                404, {"error": f"unknown operation; the operations are: {', '.join(self._operations)}"}
            )
        try:
            asked = json.loads(sent.body or b"{}")
            if not isinstance(asked, dict):
                raise ValueError("the body must be a JSON object")
            return _json(200, {"result": operation(asked)})
        except (ValueError, KeyError, TypeError, LookupError, OverflowError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})

    def _give_profiles(self, _: Mapping[str, Any]) -> dict[str, str]:
        return {"home": self._cloud.home, **self._profiles.texts()}


def _json(status: int, body: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body, default=str))
