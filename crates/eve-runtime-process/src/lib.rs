//! Environments, attempts and builds on local processes (Unix).
