"""AWS Account Management: the accounts' names, contacts, root users' email addresses, and Regions."""
