"""The service cognito-idp: user pools. They are stored in `state.UserPools`, not in moto.

Entry points for sign-in pages, OAuth endpoints, and identity pools:

- `state.UserPools`, from `state.part(UserPools)`: `find(region, pool_id)` and `of_client(region, client_id)`
  return a pool. `pools.domains.pool_of_host(pools, host)` returns a domain's pool, and
  `pools.domains.host(pool, name)` returns a domain's hostname.
- `users.directory.find(pool, name)` returns a user by user name, alias, or `sub`.
- `tokens.verification.verify(state, token, use)` verifies a token from a pool in this cloud. It returns
  `Verified` (pool, client, user, grant, claims), or raises `Rejected` with Cognito's message. `use` is "access"
  or "id".
- `tokens.sign_in_grants.create(call, pool, client, user, scopes=…, nonce=…)` records a sign-in and returns (grant,
  refresh token); `find` and `find_usable` look up grants; `rotate_refresh_token` renews tokens;
  `find(…).revoked = True` revokes them.
- `tokens.issuing.issue(call, pool, client, user, grant, refresh, source)` returns AuthenticationResult.
  `source` is the trigger source (`TokenGeneration_HostedAuth` for pages); `client_token(call, pool, client,
  scopes)` is for client credentials.
- `sign_in.initiation` implements InitiateAuth, and `sign_in.responses` implements RespondToAuthChallenge.
- `pools.resource_servers.scopes(pool)` returns every custom scope. `pools.attribute_schema.readable(pool,
  client)` returns the attributes that claims can contain.
- `federation.linked_identities.linked_user(pool, provider, subject, attributes)` returns the user that
  AdminLinkProviderForUser linked to an identity.
- `pool.keys` contains the pool's `signing_keys.Keys`, whose method `jwks()` returns the public key set.
  `pool.issuer` is the `iss` claim of tokens.
"""
