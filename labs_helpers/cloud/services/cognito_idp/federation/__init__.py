"""Outside identity providers of a pool, OIDC and SAML, and the users who are linked to identities there."""
