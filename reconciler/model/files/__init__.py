"""What is asked of the files alone, and the answers. Data only."""
