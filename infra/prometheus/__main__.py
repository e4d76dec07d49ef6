"""Writes the files with alerts, or compares them with what they are made from.

python -m infra.prometheus rules [--check] [--faster N] [--runbooks URL] [--out FILE]     for Prometheus
python -m infra.prometheus grafana [--check] [--runbooks URL] [--out FILE]                for Grafana
"""

import argparse
import sys
from pathlib import Path

from infra.generated import kept_current
from infra.prometheus.grafana_rules import GRAFANA_FILE, grafana_text
from infra.prometheus.rules import RULES_FILE, RUNBOOKS, rules_text


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 1 when a file is not what it should be."""
    given = _parser().parse_args(arguments)
    text = rules_text(given.faster, given.runbooks) if given.what == "rules" else grafana_text(given.runbooks)
    path = given.out or (RULES_FILE if given.what == "rules" else GRAFANA_FILE)
    return kept_current(path, text, f"python -m infra.prometheus {given.what}", check=given.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.prometheus", description="Write the files with alerts.")
    commands = parser.add_subparsers(dest="what", required=True)
    for name, audience in {"rules": "rule file of Prometheus", "grafana": "alert rules of Grafana"}.items():
        command = commands.add_parser(name, help=f"the {audience}")
        command.add_argument("--check", action="store_true", help="compare instead of writing")
        command.add_argument("--runbooks", metavar="URL", default=RUNBOOKS, help="where the runbooks lie")
        command.add_argument("--out", metavar="FILE", type=Path, help="write to this file")
    commands.choices["rules"].add_argument(
        "--faster", metavar="N", type=_pace, default=1.0, help="divide all durations, for trials"
    )
    return parser


def _pace(text: str) -> float:
    pace = float(text)
    if not pace > 0.0:
        message = f"{text} is no pace; give a number above 0"
        raise argparse.ArgumentTypeError(message)
    return pace


if __name__ == "__main__":
    sys.exit(main())
