//! Deploys, pipelines and jobs, walked operation by operation over a journal.
