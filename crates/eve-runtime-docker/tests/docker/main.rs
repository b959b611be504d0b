//! A real Docker Engine: the one that `DOCKER_HOST` names, or the system's own.

mod cleaning;
mod conformance;
mod engine;
mod fetching;
mod networks;
mod place;
mod programs;
mod registry;
mod secrecy;
mod workloads;
mod writing;
