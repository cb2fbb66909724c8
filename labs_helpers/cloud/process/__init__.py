"""The changes that a running cloud makes in this process: to HTTP clients, sockets, profiles, and SDK folders."""
