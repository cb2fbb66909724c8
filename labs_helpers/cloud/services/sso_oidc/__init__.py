"""sso-oidc: an Identity Center user signs in to a program, by device code or authorization code with PKCE."""
