//! What is tried at a container. Pure.

use std::time::Duration;

use eve_core::Address;
use eve_core::desired::{HealthCheck, Probe};

use crate::runtime::{Care, Sight};

/// What is tried at a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A connection is accepted.
    Tcp(Address),
    /// `GET` answers with 2xx or 3xx.
    Http(Address, String),
    /// A command inside it ends with 0.
    Command(Vec<String>),
    /// The command of the image's own health check, which is not known yet.
    ImagesOwn,
    /// It goes on running.
    Running,
}

impl Target {
    /// What is tried, and how often.
    pub(super) fn of(sight: &Sight) -> (Self, HealthCheck) {
        let care = &sight.care;
        match &care.health {
            Some(check) if check.probe != Probe::None => (Self::of_probe(care, &check.probe), check.clone()),
            None if sight.health.is_some() => (Self::ImagesOwn, HealthCheck::new(Probe::Command(Vec::new()))),
            _ => {
                let target = care.ports.first().map_or(Self::Running, |port| Self::Tcp(care.at(*port)));
                (target, HealthCheck::new(Probe::Tcp { port: None }))
            }
        }
    }

    fn of_probe(care: &Care, probe: &Probe) -> Self {
        let at = |port: &Option<u16>| care.at(port.or_else(|| care.ports.first().copied()).unwrap_or_default());
        match probe {
            Probe::Http { port, path } => Self::Http(at(port), path.clone()),
            Probe::Tcp { port } => Self::Tcp(at(port)),
            Probe::Command(argv) => Self::Command(argv.clone()),
            // Planning refuses what this version does not know.
            _ => Self::Running,
        }
    }

    /// True if the engine goes on trying once it has passed.
    pub(super) fn is_the_engines(&self) -> bool {
        matches!(self, Self::Command(_) | Self::ImagesOwn)
    }
}

/// The command line of an engine's own health check; none if there is none.
pub(super) fn command(test: &[String]) -> Option<Vec<String>> {
    match test {
        [kind, argv @ ..] if kind == "CMD" && !argv.is_empty() => Some(argv.to_vec()),
        // Inside the container, by the image's own shell.
        [kind, line] if kind == "CMD-SHELL" => Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()]),
        _ => None,
    }
}

/// How long a container without ports and health check must run to count as ready.
pub(super) const STEADY: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_images_own_check_is_a_command_line() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(command(&words(&["CMD", "a", "b"])), Some(words(&["a", "b"])));
        assert_eq!(command(&words(&["CMD-SHELL", "a b"])), Some(words(&["/bin/sh", "-c", "a b"])));
        for none in [&[][..], &["NONE"], &["CMD"]] {
            assert_eq!(command(&words(none)), None);
        }
    }
}
