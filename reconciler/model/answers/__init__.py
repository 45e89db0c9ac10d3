"""Answers to single questions: what breaks, which way a mail takes, which keys there are. Data only."""
