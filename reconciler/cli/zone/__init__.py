"""The commands of zones: who works there, and the worker itself, which plans nothing and never asks git."""
