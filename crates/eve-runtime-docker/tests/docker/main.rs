//! A real Docker Engine: the one that `DOCKER_HOST` names, or the system's own.

mod building;
mod cleaning;
mod conformance;
mod elsewhere;
mod engine;
mod fetching;
mod files;
mod host;
mod networks;
mod place;
mod programs;
mod registry;
mod secrecy;
mod secrets;
mod store;
mod workloads;
mod writing;
