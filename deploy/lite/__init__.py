"""The browser alone: a static site in which the notebooks run without a server, by JupyterLite and Pyodide.

`make lite` builds it into lite/. docs/browser-alone.md says what it holds, what it needs, and what it can't do.
"""
