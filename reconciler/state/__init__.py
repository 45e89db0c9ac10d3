"""What was applied, and who may apply now. Holds no secret."""
