"""The unit of work that writes: what is done to one installation, where its network is; plain data in and out.

Knows no lease, no journal and no state: those are kept where the run is.
"""
