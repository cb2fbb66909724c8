"""A stand-in for `cryptography` in tests of the site, and nowhere else: no cipher in it is one.

PyPI and npm have no build of `cryptography` for browsers; the site takes Pyodide's own from its distribution, which
tests don't reach. The functions that notebooks use have the right behavior here: sealed data opens, changed data
doesn't, and signatures verify. Everything else is a name that can be imported, and that raises an error when it is
used.
"""
