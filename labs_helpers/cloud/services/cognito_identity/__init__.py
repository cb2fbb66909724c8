"""The service cognito-identity: identity pools, stored in `state.IdentityPools` without using moto.

`logins` verifies sign-ins with external providers, `pool_identities` finds or creates identities, and `credentials`
returns tokens or roles' credentials.
"""
