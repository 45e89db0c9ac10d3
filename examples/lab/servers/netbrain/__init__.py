"""A stand-in for NetBrain: System Management > Email Settings, and the REST API as far as its audit log goes.

Documented by the vendor, and followed: labels, the two forms and which field belongs to which, port 25 and 5 minutes
unless set, Test before Save (help of R12.3, and of 7.1 for `release="7.1"`); login, OAuth 2.0 token, logout, product
version and audit log of the REST API (NetBrain-REST-API R12.3, R12.3a), its status codes, and that each API call lands
in the audit log (R12.3).

This stand-in's own choice, and no fact about NetBrain: everything below `/stand-in/` (how the page itself reads, tests
and saves is NOT PUBLIC), the mark-up, the kinds of list, that lists are drawn outside the form, the token in
sessionStorage, texts of messages, that a refused save answers 200 with a text, the labels of the SMTP login and of
the certificate (NOT PUBLIC), the entries None, SSL and TLS of Encryption, other clouds of Authority Host, what the
audit log says in `message`, and the HTTP status of an API error.
"""

from lab.servers.netbrain.standin import NetBrainStandIn

__all__ = ["NetBrainStandIn"]
