"""A stand-in of Microsoft Entra on loopback: a token server with its grants, and everything that can go wrong there."""
