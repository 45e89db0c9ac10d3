"""What a session leaves: evidence, transcript, diagnosis. No credential gets in."""
