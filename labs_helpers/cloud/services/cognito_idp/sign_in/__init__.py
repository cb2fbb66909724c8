"""Sign-in: authentication flows, challenges, and responses to challenges, from passwords to passkeys."""
