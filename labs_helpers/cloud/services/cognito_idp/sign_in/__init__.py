"""Sign-in: authentication flows, challenges, and the responses that answer them, from passwords to passkeys."""
