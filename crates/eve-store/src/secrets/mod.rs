//! Secrets in env files.

mod env_file;
mod env_file_secrets;
mod version_key;

pub use env_file_secrets::EnvFileSecrets;
