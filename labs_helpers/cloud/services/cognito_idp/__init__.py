"""The service cognito-idp: user pools, stored in `state.UserPools` without using moto.

Entry points for sign-in pages, OAuth endpoints, and identity pools:

- `state.UserPools`, from `state.part(UserPools)`: `find(region, pool_id)` and `of_client(region, client_id)`;
  `pools.domains.pool_of_host(pools, host)` finds a domain's pool, `pools.domains.host(pool, name)`
  returns a domain's host.
- `users.directory.find(pool, name)`: a user by user name, alias, or `sub`.
- `tokens.verification.verify(state, token, use)`: a valid token from a pool in this cloud as `Verified` (pool, client,
  user, grant, claims); raises `Rejected` with Cognito's message. `use` is "access" or "id".
- `tokens.sign_in_grants.create(call, pool, client, user, scopes=…, nonce=…)` records a sign-in and returns (grant,
  refresh token); `find` and `find_usable` look up grants; `rotate_refresh_token` renews tokens;
  `find(…).revoked = True` revokes them.
- `tokens.issuing.issue(call, pool, client, user, grant, refresh, source)` returns AuthenticationResult. `source` is
  the trigger source (`TokenGeneration_HostedAuth` for pages); `client_token(call, pool, client, scopes)` is for client
  credentials.
- `sign_in.initiation` implements InitiateAuth, and `sign_in.responses` implements RespondToAuthChallenge.
- `pools.resource_servers.scopes(pool)`: every custom scope. `pools.attribute_schema.readable(pool, client)`: the
  attributes that claims can contain.
- `federation.linked_identities.linked_user(pool, provider, subject, attributes)`: the user that
  AdminLinkProviderForUser linked to an identity.
- `signing_keys.Keys`, at `pool.keys`: `jwks()`. `pool.issuer` is the `iss` claim of tokens.
"""
