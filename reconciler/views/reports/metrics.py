"""Prometheus' text format 0.0.4, for node_exporter's textfile collector: families of gauges, whatever labels hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.views import printable

Sample = tuple[Mapping[str, str], float]


def text(families: Mapping[str, Sequence[Sample]], told: Mapping[str, str]) -> str:
    """`told` has the sentence of each family; one without a sample is left out."""
    shown = (_family(name, told[name], found) for name, found in families.items() if found)
    return "".join(f"{line}\n" for family in shown for line in family)


def _family(name: str, told: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
    unique = {tuple(labels.items()): value for labels, value in samples}  # the same labels twice spoil the whole file
    for labels, value in unique.items():
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"{name}{{{shown}}} {_number(value)}"


def _escaped(value: str) -> str:
    r"""The format knows \\, \" and \n, and nothing else: what may not be printed is taken out first."""
    clean = "\n".join(map(printable.line, value.split("\n")))
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{round(value, 6):g}"
