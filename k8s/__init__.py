"""Kubernetes manifests, rendered from a service config."""
