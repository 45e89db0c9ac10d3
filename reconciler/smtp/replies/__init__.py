"""What a refusal means, and whose matter it is. Data with sources; loaded when the first refusal comes."""
