"""The tool as its user sees it, from nothing to a rotated secret."""

from __future__ import annotations


def test_explore(site):
    for args in (
        ["plan", "--out", "plan.json"],
        ["show", "plan.json"],
        ["apply", "plan.json"],
        ["plan"],
        ["drift"],
        ["verify"],
        ["explain"],
        ["plan", "--format", "json"],
        ["--debug", "plan"],
    ):
        r = site.run(*args)
        print(args, r.code)
        print(r.out)
        print("ERR", r.err)
    assert 0
