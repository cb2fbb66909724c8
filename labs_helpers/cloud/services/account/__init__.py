"""All of account (AWS Account Management): what accounts are called, whom AWS writes to, their Regions."""
