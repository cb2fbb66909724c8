"""The OIDC service (sso-oidc): sign-in to clients with device codes or with authorization codes and PKCE."""
