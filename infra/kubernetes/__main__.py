"""``python -m infra.kubernetes``: writes the alerts for the Prometheus operator anew. Knows no rule."""

from infra.kubernetes.rules import MANIFEST, manifest

MANIFEST.write_text(manifest(), encoding="utf-8")
