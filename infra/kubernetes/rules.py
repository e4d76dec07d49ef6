"""The alerts for the Prometheus operator, made from the rules that Prometheus reads. Knows no rule in particular."""

from pathlib import Path
from typing import Any, Final

import yaml

INFRA: Final = Path(__file__).parent.parent
RULES: Final = INFRA / "prometheus" / "rules"
MANIFEST: Final = INFRA / "kubernetes" / "components" / "monitoring" / "prometheus-rule.yaml"
HEAD: Final = "# The alerts of infra/prometheus/rules. Written by `python -m infra.kubernetes`: change them there.\n"


def groups(folder: Path = RULES) -> list[dict[str, Any]]:
    """Return the groups of all files of rules, in the order of their names."""
    files = sorted(folder.glob("*.y*ml"))
    return [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]


def manifest(folder: Path = RULES) -> str:
    """Return the text of the manifest."""
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "reprise"},
        "spec": {"groups": groups(folder)},
    }
    return HEAD + yaml.safe_dump(resource, sort_keys=False, allow_unicode=True, width=120)
