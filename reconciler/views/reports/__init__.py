"""Findings in the forms of others (annotations, code quality, SARIF, JUnit), and metrics. Decides nothing."""
