"""The browser edition: a static site that runs the notebooks without a server, using JupyterLite and Pyodide.

`make lite` builds it into lite/. docs/browser-alone.md describes what the site contains, what it needs, and what it
can't do.
"""
