"""All of sso-oidc: how a user of Identity Center signs a program in (device flow, authorization code with PKCE)."""
