"""What the landscape says against the rules: hosts, completeness, plain text, protected environments."""
