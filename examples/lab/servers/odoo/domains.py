"""Search domains: lists in prefix notation, such as `["|", ["name", "=", "a"], ["active", "in", [True, False]]]`."""

import re
from collections.abc import Callable, Sequence
from typing import Any

Leaf = tuple[str, str, Any]
Test = Callable[[Leaf], bool]


def mentions(domain: Sequence[Any], field: str) -> bool:
    return any(item[0] == field for item in domain if _is_leaf(item))


def leaves(domain: Sequence[Any]) -> list[Leaf]:
    return [tuple(item) for item in domain if _is_leaf(item)]


def holds(domain: Sequence[Any], test: Test) -> bool:
    """Whether a row, which `test` judges leaf by leaf, is meant by the domain."""
    stack: list[bool] = []
    for item in reversed(domain):
        if item == "!":
            stack.append(not stack.pop())
        elif item in ("&", "|"):
            first, second = stack.pop(), stack.pop()
            stack.append(first and second if item == "&" else first or second)
        else:
            stack.append(test(tuple(item)))
    return all(stack)


def compare(value: Any, operator: str, wanted: Any, *, empty_text_is_unset: bool) -> bool:
    if operator in NEGATIVE:
        return not compare(value, NEGATIVE[operator], wanted, empty_text_is_unset=empty_text_is_unset)
    value = None if value == "" and empty_text_is_unset else value
    if operator == "in":
        return any(_equal(value, one) for one in wanted)
    if operator == "=":
        return _equal(value, wanted)
    if operator in PATTERNS:
        return value is not None and PATTERNS[operator](str(value), str(wanted))
    if operator in ORDERS:
        return value is not None and ORDERS[operator](value, wanted)
    raise ValueError(f"Invalid operator {operator!r} in domain term")


def _is_leaf(item: Any) -> bool:
    return isinstance(item, list | tuple)


def _equal(value: Any, wanted: Any) -> bool:
    """False means "not set" for anything but a boolean, where not set means False."""
    return (value or None) is None if wanted is None or wanted is False else bool(value == wanted)


def _like(text: str, pattern: str, *, ignore_case: bool) -> bool:
    parts = {"%": ".*", "_": "."}
    regex = "".join(parts.get(char) or re.escape(char) for char in pattern)
    return re.fullmatch(regex, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


NEGATIVE = {"!=": "=", "<>": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}
PATTERNS: dict[str, Callable[[str, str], bool]] = {
    "like": lambda text, part: part in text,
    "ilike": lambda text, part: part.lower() in text.lower(),
    "=like": lambda text, pattern: _like(text, pattern, ignore_case=False),
    "=ilike": lambda text, pattern: _like(text, pattern, ignore_case=True),
}
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda value, wanted: value < wanted,
    ">": lambda value, wanted: value > wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">=": lambda value, wanted: value >= wanted,
}
