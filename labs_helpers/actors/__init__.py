"""Who talks to the cloud from outside: authenticator apps, identity providers, what runs on an instance."""
