"""The results of handshakes: for people, as JUnit, as metrics. Formats and asks nobody."""
