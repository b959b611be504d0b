//! Stories on a real Docker Engine: the one that `DOCKER_HOST` names, the system's own, or, where it is
//! killed and paused, one that a story starts for itself.

mod bad_releases;
mod daemon;
mod failing_daemon;
mod living_on;
mod load;
mod shop;
mod stage;
mod strangers;
mod toxic;
