"""All secrets in a cloud, and their lookup by name or ARN.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.resource_policies import Kept, keeps_policies
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.secretsmanager import service_events
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.engine.policy.arn import Arn

_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}")


class Vault:
    """A running cloud's secrets by (account, Region) and name."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, str], dict[str, Secret]] = {}

    def secrets(self, account: str, region: str) -> dict[str, Secret]:
        """Return an account's secrets in a Region by name."""
        return self.places.setdefault((account, region), {})

    def every(self) -> Iterator[Secret]:
        """Yield the secrets of all accounts and Regions."""
        for place in list(self.places.values()):
            yield from list(place.values())

    def add(self, secret: Secret) -> Secret:
        """Add a secret to its account, its Region, and its set of replicas, and return the secret."""
        secret.content.members[secret.region] = secret
        self.secrets(secret.account, secret.region)[secret.content.name] = secret
        return secret

    def remove(self, secret: Secret) -> None:
        """Remove a secret from its account, its Region, and its set of replicas."""
        secret.content.members.pop(secret.region, None)
        self.secrets(secret.account, secret.region).pop(secret.content.name, None)

    def find(self, account: str, region: str, secret_id: str) -> Secret | None:
        """Return the secret in a Region, in any account, by name, ARN, or ARN without its random suffix.

        Returns None if there is no such secret.
        """
        arn = Arn.read(secret_id)
        if arn is None:
            return self.places.get((account, region), {}).get(secret_id)
        kind, _, name = arn.resource.partition(":")
        if arn.service != "secretsmanager" or kind != "secret" or arn.region != region:
            return None
        place = self.places.get((arn.account, region), {})
        whole = place.get(name[:-7]) if _SUFFIX.fullmatch(name[-7:]) else None
        return whole if whole is not None and whole.arn == secret_id else place.get(name)


def vault(state: State) -> Vault:
    """Return a running cloud's secrets after deleting those whose recovery window has ended."""
    secrets = state.part(Vault)
    now = state.clock.now()
    for secret in secrets.every():
        ends = secret.content.deletion
        if ends is not None and ends <= now:
            secrets.remove(secret)
            service_events.of_versions(state, secret, "EndSecretVersionDelete", ends)
    return secrets


def watch(state: State) -> None:
    """Perform the deletions that are due before each call, so that the trail contains them."""
    if _before_call not in state.before_call:
        state.before_call.insert(0, _before_call)


def _before_call(call: Call) -> None:
    vault(call.state)


@keeps_policies
def kept_policies(state: State) -> Iterator[Kept]:
    """Yield the policies of all secrets, each with a function that replaces it.

    A replica has the policy of its primary secret.
    """
    for secret in state.part(Vault).every():
        if secret.content.policy and not secret.is_replica:
            yield Kept(secret.arn, secret.content.policy, partial(setattr, secret.content, "policy"))
