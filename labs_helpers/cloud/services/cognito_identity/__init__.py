"""The service cognito-identity: identity pools, kept in `state.IdentityPools`. Moto keeps nothing of them.

`logins` verifies sign-ins with outside providers, `identities` finds or creates the identity, and `credentials` returns
a token or the credentials of a role.
"""
