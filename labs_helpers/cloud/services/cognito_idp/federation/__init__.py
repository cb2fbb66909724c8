"""A pool's external identity providers (OIDC and SAML), and the links between users and external identities."""
