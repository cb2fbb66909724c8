"""What a running cloud changes in this process: HTTP clients, sockets, profiles, and the SDK's folders."""
