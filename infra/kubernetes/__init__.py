"""Manifests for Kubernetes, and the one of them that is written from elsewhere. Knows no cluster."""
