//! Plain Compose files: no schema, and variables of the caller in every value.

mod compose_file;
mod configs;
mod secrets;
mod services;
mod variables;
