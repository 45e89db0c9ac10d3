"""What the tests of each platform hand to the contract (`reconciler.testing`), a module per kind."""
