"""All of cognito-identity: identity pools, wholly ours. Nothing of them is in moto.

`logins` verifies who signed in elsewhere, `identities` finds or makes who that is here, `credentials` gives a token or
the keys of the role that fits; `state.IdentityPools` holds them.
"""
