"""What a report shows: out of documents that commands have printed, or out of one run."""
