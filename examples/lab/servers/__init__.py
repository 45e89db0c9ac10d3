"""Everything that answers: real servers (Vault, Postfix, sshd) and stand-ins, each a context manager on loopback.

A stand-in of several files is a folder whose face is what tests hold. It says what it follows: the vendor's contract,
recordings, or its own choice where neither says anything.
"""
