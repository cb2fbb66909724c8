"""Changes that a running cloud makes in this process: to HTTP clients, sockets, AWS profiles, and SDK folders."""
