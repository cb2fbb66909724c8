"""Questions to a loaded account, and their answers as text, JSON, and SARIF (docs/your-account.md)."""
