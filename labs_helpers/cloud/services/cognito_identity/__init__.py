"""The service cognito-identity: identity pools, kept in `state.IdentityPools`. Moto stores none of this.

`logins` verifies sign-ins with external providers, `identities` finds or creates the identity, and `credentials`
returns a token or a role's credentials.
"""
