"""A stand-in for `cryptography` in tests of the site, and nowhere else: no cipher in it is one.

PyPI and npm have no build of `cryptography` for browsers; the site takes Pyodide's own from its distribution, which
tests don't reach. What a notebook asks for has the right shape here: what was sealed opens, what was changed doesn't,
signatures verify. Everything else is a name that can be imported and says so when it is used.
"""
