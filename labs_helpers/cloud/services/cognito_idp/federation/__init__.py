"""A pool's external identity providers, OIDC and SAML, and the users who are linked to their identities."""
