"""Local servers and stand-ins that the demo and the tests start."""
