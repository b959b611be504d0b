//! Environments on a Kubernetes cluster.
