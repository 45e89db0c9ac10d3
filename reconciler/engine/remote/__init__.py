"""Our side of a zone: an Engine that sends units away and waits for their answers. Knows no broker, opens no secret."""
