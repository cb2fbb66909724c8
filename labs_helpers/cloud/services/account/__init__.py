"""AWS Account Management: the names, contacts, Regions, and root user email addresses of accounts."""
