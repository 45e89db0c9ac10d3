"""What a run holds and leaves: its lease, its journal, what became of it. Data only."""
