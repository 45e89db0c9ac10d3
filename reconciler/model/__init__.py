"""Data only: what flows between the stages. No I/O here, and no import of anything above."""
