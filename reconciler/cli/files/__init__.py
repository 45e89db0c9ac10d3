"""Commands that explain what the files declare. They contact nobody."""
