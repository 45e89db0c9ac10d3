"""Findings in the forms of others: annotations, code quality, SARIF and JUnit. Asks nobody, and decides nothing."""
