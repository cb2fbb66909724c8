"""Pool domains, which host managed login and the OAuth endpoints.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain.html
"""

from __future__ import annotations

import re
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import all_pools, pool_of, without_none
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, invalid, not_found, not_in_tier
from labs_helpers.cloud.services.cognito_idp.state import UserPool, UserPools

CUSTOM_DOMAINS = 4
_RESERVED = ("aws", "amazon", "cognito")
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_CUSTOM = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_VERSION = "20260101000000"


def host(pool: UserPool, name: str) -> str:
    """Return the hostname of a pool's domain."""
    custom = bool(pool.domains[name].get("CustomDomainConfig"))
    return name if custom else f"{name}.auth.{pool.region}.amazoncognito.com"


def pool_of_host(pools: UserPools, host_name: str) -> UserPool | None:
    """Return the pool to which a domain's hostname belongs, or None if there isn't one."""
    return next(
        (
            pool
            for pool in pools.pools.values()
            if any(host(pool, name) == host_name for name in pool.domains)
        ),
        None,
    )


def _registered(call: Call, name: str, custom: bool) -> str:
    return name if custom else f"{name}.{call.region}"


@operation("cognito-idp", "CreateUserPoolDomain")
def create_user_pool_domain(call: Call) -> dict[str, Any]:
    """Create a prefix domain or a custom domain for a pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
    """
    pool, given, pools = pool_of(call), call.parameters, all_pools(call)
    name, config = given["Domain"], given.get("CustomDomainConfig")
    _check_name(name, config is not None)
    _check_certificate(config)
    version = _version(pool, given.get("ManagedLoginVersion"))
    if _registered(call, name, config is not None) in pools.domains:
        raise invalid("Domain already exists.")
    if any(bool(each.get("CustomDomainConfig")) == (config is not None) for each in pool.domains.values()):
        raise invalid("User pool already has a domain configured.")
    owned = [
        each for other in pools.of(call.account, call.region) for each in other.domains.values()
        if each.get("CustomDomainConfig")
    ]  # fmt: skip
    if config is not None and len(owned) >= CUSTOM_DOMAINS:
        raise above_limit(f"An account can have at most {CUSTOM_DOMAINS} custom domains.")
    _refuse_routing(call)
    domain = without_none(
        ManagedLoginVersion=version,
        CustomDomainConfig=config,
        CloudFrontDistribution=f"d{call.state.ids.token(13).lower()}.cloudfront.net",
    )
    pool.domains[name] = domain
    pools.domains[_registered(call, name, config is not None)] = pool.id
    return _answer(domain)


def _answer(domain: dict[str, Any]) -> dict[str, Any]:
    answer = {"ManagedLoginVersion": domain["ManagedLoginVersion"]}
    if domain.get("CustomDomainConfig"):
        answer["CloudFrontDomain"] = domain["CloudFrontDistribution"]
    return answer


def _check_name(name: str, custom: bool) -> None:
    if custom:
        if len(name) > 63 or not _CUSTOM.fullmatch(name):
            raise invalid("A custom domain is a fully-qualified domain name, such as auth.example.com.")
        return
    if not _PREFIX.fullmatch(name):
        raise invalid(
            "1 validation error detected: Value at 'domain' failed to satisfy constraint: Member must satisfy regular "
            r"expression pattern: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$"
        )
    for word in _RESERVED:
        if word in name:
            raise invalid(f"Domain cannot contain reserved word: {word}")


def _check_certificate(config: Any) -> None:
    if config is not None and not config["CertificateArn"].startswith("arn:aws:acm:us-east-1:"):
        raise invalid("The certificate of a custom domain must be an ACM certificate in us-east-1.")


def _version(pool: UserPool, given: int | None) -> int:
    if given not in (None, 1, 2):
        raise invalid("ManagedLoginVersion must be 1 or 2.")
    if given == 2 and pool.tier == "LITE":
        raise not_in_tier("Managed login", pool.tier)
    return given or 1


def _refuse_routing(call: Call) -> None:
    if call.parameters.get("Routing"):
        raise NotModelled("cognito-idp Routing of domains isn't modeled: it needs replicas in other Regions")


def _domain(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.domains.get(call.parameters["Domain"])
    if found is None:
        raise not_found("User pool domain does not exist.")
    return found


@operation("cognito-idp", "UpdateUserPoolDomain")
def update_user_pool_domain(call: Call) -> dict[str, Any]:
    """Change a domain's certificate or its managed login version.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolDomain.html
    """
    pool, given = pool_of(call), call.parameters
    domain = _domain(call, pool)
    config = given.get("CustomDomainConfig")
    if config is not None and not domain.get("CustomDomainConfig"):
        raise invalid("A prefix domain can't become a custom domain.")
    _check_certificate(config)
    _refuse_routing(call)
    if given.get("ManagedLoginVersion") is not None:
        domain["ManagedLoginVersion"] = _version(pool, given["ManagedLoginVersion"])
    if config is not None:
        domain["CustomDomainConfig"] = config
    return _answer(domain)


@operation("cognito-idp", "DeleteUserPoolDomain")
def delete_user_pool_domain(call: Call) -> dict[str, Any]:
    """Delete a pool's domain.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolDomain.html
    """
    pool = pool_of(call)
    custom = bool(_domain(call, pool).get("CustomDomainConfig"))
    del pool.domains[call.parameters["Domain"]]
    all_pools(call).domains.pop(_registered(call, call.parameters["Domain"], custom), None)
    return {}


@operation("cognito-idp", "DescribeUserPoolDomain")
def describe_user_pool_domain(call: Call) -> dict[str, Any]:
    """Return a domain's description, or an empty description if the domain doesn't exist.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolDomain.html
    """
    name = call.parameters["Domain"]
    for pool in all_pools(call).of(call.account, call.region):
        domain = pool.domains.get(name)
        if domain is not None:
            return {
                "DomainDescription": {
                    "UserPoolId": pool.id, "AWSAccountId": pool.account, "Domain": name,
                    "S3Bucket": f"aws-cognito-prod-{pool.region}-assets",
                    "CloudFrontDistribution": domain["CloudFrontDistribution"], "Version": _VERSION, "Status": "ACTIVE",
                    "CustomDomainConfig": domain.get("CustomDomainConfig") or {},
                    "ManagedLoginVersion": domain["ManagedLoginVersion"],
                }
            }  # fmt: skip
    return {"DomainDescription": {}}
