"""What the demo and the tests start: real servers where there are any, stand-ins where there are none."""
