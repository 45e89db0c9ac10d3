"""A plan for people: as text, as Markdown, as drift, and beside an earlier one. Formats and asks nobody."""
