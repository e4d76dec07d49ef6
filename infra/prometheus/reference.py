"""Writes the reference of a worker's metrics, `METRICS.md`, from the catalogue. Knows no metric itself.

python -m infra.prometheus.reference [--check]
"""

import sys
from pathlib import Path

from infra.generated import kept_current
from streams.metrics import GROUPS, PARTITIONS, Label, Metric

FILE = Path(__file__).parent / "METRICS.md"

TEXT = """\
# The metrics of a worker

Everything a worker shows at `/metrics`, by the names that queries use. A histogram has three: `_bucket`, with the label
`le`, `_count` and `_sum`. Beside these a scrape has those of the process: `process_*`. Written by
`python -m infra.prometheus.reference`.

Counters begin at zero when a worker starts, under all labels that tables know. Gauges of a partition are shown while it
is open here, others once there is something to say. No label ever holds a text, a user, a tenant or a domain; how many
values each can have is bounded, and stands behind its name.

{groups}

## Labels

{labels}
"""

GROUP = """\
## {title}

| name | kind | unit | labels | what it says |
| --- | --- | --- | --- | --- |
{rows}"""


def reference() -> str:
    """Return the reference as Markdown."""
    groups = [GROUP.format(title=title, rows="\n".join(map(_row, metrics))) for title, metrics in GROUPS.items()]
    return TEXT.format(groups="\n\n".join(groups), labels=_labels())


def _row(metric: Metric) -> str:
    name = metric.exposed[0] if len(metric.exposed) == 1 else f"{metric.name}_bucket"
    labels = ", ".join(f"`{label.name}` ({label.most})" for label in metric.labels)
    return f"| `{name}` | {metric.kind} | {metric.unit} | {labels} | {metric.help} |"


def _labels() -> str:
    known: dict[Label, list[str]] = {}
    for metrics in GROUPS.values():
        for metric in metrics:
            for label in metric.labels:
                known.setdefault(label, []).append(metric.name)
    rows = ["| label | values at most | what it says | on |", "| --- | --- | --- | --- |"]
    rows += [f"| `{label.name}` | {label.most} | {label.help} | {_on(names)} |" for label, names in known.items()]
    return "\n".join([*rows, "", f"A worker is taken to have at most {PARTITIONS} partitions of a stage at a time."])


def _on(names: list[str]) -> str:
    return f"{len(names)} metrics" if len(names) > 3 else ", ".join(f"`{name}`" for name in names)  # noqa: PLR2004 - what a cell holds


def main() -> int:
    """Write the reference, or with `--check` return 1 where it is not current."""
    command = "python -m infra.prometheus.reference"
    return kept_current(FILE, reference(), command, check="--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
