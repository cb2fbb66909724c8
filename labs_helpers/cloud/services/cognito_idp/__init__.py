"""The service cognito-idp: user pools, kept in `state.UserPools`. Moto stores none of this.

Entry points for sign-in pages, OAuth endpoints and identity pools:

- `state.UserPools`, from `state.part(UserPools)`: `find(region, pool_id)` and `of_client(region, client_id)`;
  `pools.domains.pool_of_host(pools, host)` finds a domain's pool, `pools.domains.host(pool, name)` does the reverse.
- `users.directory.find(pool, name)`: a user by user name, alias or `sub`.
- `tokens.verification.verify(state, token, use)`: a valid token of a pool of this cloud as `Verified` (pool, client,
  user, grant, claims); raises `Rejected` with Cognito's message. `use` is "access" or "id".
- `tokens.grants.create(call, pool, client, user, scopes=…, nonce=…)` records a sign-in and returns (grant, refresh
  token); `find`, `find_usable` and `rotate_refresh_token` look up and renew; `find(…).revoked = True` revokes.
- `tokens.issuing.issue(call, pool, client, user, grant, refresh, source)` returns AuthenticationResult, `source` being
  the trigger source (`TokenGeneration_HostedAuth` for pages); `client_token(call, pool, client, scopes)` is for client
  credentials.
- `sign_in.initiation` answers InitiateAuth, `sign_in.responses` RespondToAuthChallenge.
- `pools.resource_servers.scopes(pool)`: every custom scope. `pools.attribute_schema.readable(pool, client)`: the
  attributes that claims may show.
- `federation.linked_identities.linked_user(pool, provider, subject, attributes)`: the user that
  AdminLinkProviderForUser linked to an identity.
- `signing_keys.Keys`, at `pool.keys`: `jwks()`. `pool.issuer` is the `iss` of tokens.
"""
