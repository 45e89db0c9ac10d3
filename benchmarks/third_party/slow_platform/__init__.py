"""A package that brings a platform, as a third party would ship it. Nothing of reconciler names it."""
