"""The service cognito-identity: identity pools. They are stored in `state.IdentityPools`, not in moto.

`logins` verifies sign-ins with external providers, `pool_identities` finds or creates identities, and `credentials`
returns tokens or roles' credentials.
"""
