"""STS: the authorization table of its operations, and the operations implemented here."""
