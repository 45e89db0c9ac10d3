"""Nested values by their dotted names, and how two of them differ, in words. References as references: no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.settings import Tree

_LONG = 200  # characters


def leaves(tree: Tree, name: str = "") -> Iterator[tuple[str, Tree]]:
    """What is no mapping, with its dotted name."""
    if isinstance(tree, Mapping):
        for key, below in tree.items():
            yield from leaves(below, f"{name}.{key}" if name else key)
    else:
        yield name, tree


def differing(head: Mapping[str, Tree], base: Mapping[str, Tree]) -> Iterator[str]:
    """`url: https://a.example.com → https://b.example.com`, of the base first."""
    now, then = dict(leaves(head)), dict(leaves(base))
    for name in sorted({*now, *then}):
        if name not in now or name not in then or now[name] != then[name]:
            yield f"{name}: {shown(then.get(name))} → {shown(now.get(name))}"


def shown(value: Tree) -> str:
    if value is None:
        return "(not set)"
    text = ", ".join(map(shown, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
