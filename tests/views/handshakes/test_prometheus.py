"""Metrics to the letter, and as Prometheus' own parser reads them."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families as parsed
from support.values import certificate

from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.views.handshakes import prometheus

GOOD = Handshake(
    relay="prod/submission",
    host="smtp.example.com",
    port=587,
    level=Level.AUTH,
    status=Status.WARN,
    steps=(Step(name="tcp", ms=12.5), Step(name="RSET", ms=1), Step(name="RSET", ms=2)),
    checks=(
        CheckResult(id="SMTP100", status=CheckStatus.PASS, reason="connected"),
        CheckResult(id="SMTP206", status=CheckStatus.WARN, reason="certificate expires in 12 days"),
        CheckResult(id="SMTP403", status=CheckStatus.SKIPPED, reason="not tried: it needs level envelope"),
    ),
    certificate=certificate("2026-12-02T12:00:00+00:00"),
)
DOWN = replace(
    GOOD,
    relay=None,
    host="::1",
    level=Level.TLS,
    via="ssh://bastion",
    status=Status.FAIL,
    steps=(),
    checks=(CheckResult(id="SMTP100", status=CheckStatus.FAIL, reason="refused"),),
    certificate=None,
)
_PLACE = 'relay="prod/submission",host="smtp.example.com",port="587"'
_DOWN = 'relay="[::1]:587",host="::1",port="587"'


def test_text_of_a_good_and_a_bad_relay() -> None:
    assert prometheus.text([GOOD, DOWN], now=1_796_000_000.4) == (
        "# HELP reconciler_smtp_info "
        "How far the handshake was asked to go, and where it started when not here; always 1.\n"
        "# TYPE reconciler_smtp_info gauge\n"
        f'reconciler_smtp_info{{{_PLACE},level="auth",via=""}} 1\n'
        f'reconciler_smtp_info{{{_DOWN},level="tls",via="ssh://bastion"}} 1\n'
        "# HELP reconciler_smtp_up 1 if the handshake with the relay proved all that was asked, 0 if not.\n"
        "# TYPE reconciler_smtp_up gauge\n"
        f"reconciler_smtp_up{{{_PLACE}}} 1\n"
        f"reconciler_smtp_up{{{_DOWN}}} 0\n"
        "# HELP reconciler_smtp_certificate_expiry_seconds "
        "When the relay's certificate expires, in seconds since 1970.\n"
        "# TYPE reconciler_smtp_certificate_expiry_seconds gauge\n"
        f"reconciler_smtp_certificate_expiry_seconds{{{_PLACE}}} 1796212800\n"
        "# HELP reconciler_smtp_step_seconds How long a step of the handshake took.\n"
        "# TYPE reconciler_smtp_step_seconds gauge\n"
        f'reconciler_smtp_step_seconds{{{_PLACE},step="tcp"}} 0.0125\n'
        f'reconciler_smtp_step_seconds{{{_PLACE},step="RSET"}} 0.003\n'
        "# HELP reconciler_smtp_check_status "
        "What a check found: 0 well, 1 a warning, 2 inconclusive, 3 failed; nothing if skipped.\n"
        "# TYPE reconciler_smtp_check_status gauge\n"
        f'reconciler_smtp_check_status{{{_PLACE},id="SMTP100"}} 0\n'
        f'reconciler_smtp_check_status{{{_PLACE},id="SMTP206"}} 1\n'
        f'reconciler_smtp_check_status{{{_DOWN},id="SMTP100"}} 3\n'
        "# HELP reconciler_smtp_last_run_timestamp_seconds When the relay was verified last, in seconds since 1970.\n"
        "# TYPE reconciler_smtp_last_run_timestamp_seconds gauge\n"
        f"reconciler_smtp_last_run_timestamp_seconds{{{_PLACE}}} 1796000000\n"
        f"reconciler_smtp_last_run_timestamp_seconds{{{_DOWN}}} 1796000000\n"
    )


def test_prometheus_reads_every_label_back() -> None:
    odd = replace(GOOD, relay='a "b" \\ c\nd ä', host="{x}=1,")
    found = {family.name: family for family in parsed(prometheus.text([odd, DOWN], now=1))}
    assert found["reconciler_smtp_up"].type == "gauge"
    assert found["reconciler_smtp_up"].samples[0].labels == {"relay": odd.relay, "host": "{x}=1,", "port": "587"}
    assert found["reconciler_smtp_certificate_expiry_seconds"].samples[0].value == 1796212800


def test_no_series_is_there_twice() -> None:
    families = list(parsed(prometheus.text([GOOD, GOOD, DOWN], now=1)))
    series = [(one.name, tuple(sorted(one.labels.items()))) for family in families for one in family.samples]
    assert len(series) == len(set(series))


def test_a_relay_whose_level_was_not_reached_is_not_up() -> None:
    found = {one.name: one for one in parsed(prometheus.text([replace(GOOD, reached=False)], now=1))}
    assert [sample.value for sample in found["reconciler_smtp_up"].samples] == [0]


def test_files_of_two_jobs_share_no_series() -> None:
    """node_exporter reads all files of its directory as one, and refuses a series that is there twice."""
    one, other = (parsed(prometheus.text([found], now=1)) for found in (GOOD, DOWN))
    series = [
        {(sample.name, *sorted(sample.labels.items())) for family in families for sample in family.samples}
        for families in (one, other)
    ]
    assert not series[0] & series[1]


def test_no_relay_is_no_series() -> None:
    assert prometheus.text([], now=1_796_000_000) == ""
