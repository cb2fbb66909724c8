"""All of cognito-idp, wholly ours: user pools are in `state.UserPools`, nothing of them is in moto.

What sign-in pages, OAuth endpoints and identity pools need of it:

- `state.UserPools`, got by `state.part(UserPools)`: `find(region, pool_id)`, `of_client(region, client_id)`;
  `domains.pool_of_host(pools, host)` finds the pool of a domain, `domains.host(pool, name)` the reverse.
- `users.find(pool, name)`: a user by user name, alias or `sub`.
- `tokens.verify(state, token, use)`: a valid token of a pool of this cloud as `Verified` (pool, client, user, grant,
  claims); raises `tokens.Rejected` with Cognito's words. `use` is "access" or "id".
- `tokens.grant(call, pool, client, user, scopes=…, nonce=…)` notes a sign-in and gives (grant, refresh token);
  `tokens.issue(call, pool, client, user, grant, refresh, source)` makes AuthenticationResult, `source` being the
  trigger source (`TokenGeneration_HostedAuth` for pages). `tokens.client_token(call, pool, client, scopes)` is
  for client credentials; `tokens.usable_grant` and `tokens.rotate` renew;
  `tokens.find_grant(…).revoked = True` revokes.
- `sign_in` answers InitiateAuth and RespondToAuthChallenge; a page goes through the gate's `Caller` for them, so that
  what happens is recorded.
- `resource_servers.scopes(pool)`: every custom scope. `attributes.readable(pool, client)`: what claims may show.
- `identity_providers.linked_user(pool, provider, subject, attributes)`: whom AdminLinkProviderForUser linked.
- `keys.Keys`, at `pool.keys`: `jwks()`. `pool.issuer` is what tokens say in `iss`.
"""
