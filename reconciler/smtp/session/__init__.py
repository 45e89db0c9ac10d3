"""One handshake from the banner to the verdict. The only place that sends a credential to a relay."""
