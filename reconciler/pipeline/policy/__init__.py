"""The landscape against the rules: hosts, completeness, plain text, protected environments. Contacts nobody."""
