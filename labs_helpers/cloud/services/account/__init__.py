"""AWS Account Management: accounts' names, contacts, Regions, and root user email addresses."""
