"""What a refusal means, and whose matter it is: rows with sources, loaded at the first refusal. It decides nothing."""
