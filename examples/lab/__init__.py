"""What the demo and the tests start, on loopback only.

`servers` are real ones where there are any, else stand-ins; `demo` starts some of them for `make demo` and `make lab`;
`subjects` hand an installation of each platform to the contract. `canary` makes secrets that can be found anywhere.
"""
