"""What a report shows: out of documents that commands have printed, or out of what one run has seen.

Pure beyond reading files: it contacts nobody.
"""
