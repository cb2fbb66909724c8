"""sso-oidc: a user of Identity Center signs in to a program, by device code or authorization code with PKCE."""
