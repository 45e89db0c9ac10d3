"""What crosses to a worker elsewhere and comes back: plain JSON, read by the types that it is declared as.

No secret can be written, and what is not exactly of its type is not read. Plans and the state have a form of their own,
`codec`: people and other programs read those.
"""

PROTOCOL = 1  # of the documents of all types that cross: whoever changes one of them counts on
