//! What a workload in memory does.

use std::time::Duration;

use crate::desired::ImageRef;
use crate::{Exit, ServiceName};

/// What a workload in memory does, read from its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Becomes ready after a while.
    Serve(Duration),
    /// Writes that many lines, then becomes ready.
    Noisy(u32),
    /// Ends by itself.
    Exit(Exit),
    /// Runs and is never ready.
    Hang,
    /// Is ready for a while, and then no more.
    Flap(Duration),
    /// Is ready while the internal route of a service leads somewhere.
    Needs(ServiceName),
    /// There is no such program.
    Missing(String),
}

impl Behaviour {
    /// Reads a command line; without one, the image's name (`exit:3`). An image whose name says
    /// nothing, and an artifact's own entry point, serve.
    pub(super) fn read(argv: &[String], image: Option<&ImageRef>) -> Self {
        if let [_, ..] = argv {
            let words: Vec<&str> = argv.iter().map(String::as_str).collect();
            return Self::parse(&words).unwrap_or_else(|| Self::Missing(argv[0].clone()));
        }
        let name = image.map(ImageRef::as_str).unwrap_or_default();
        let name = name.split_once('@').map_or(name, |(name, _)| name);
        let words: Vec<&str> = name.rsplit('/').next().unwrap_or_default().split(':').collect();
        Self::parse(&words).unwrap_or(Self::Serve(Duration::ZERO))
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let millis = |text: &str| text.parse().ok().map(Duration::from_millis);
        Some(match words {
            ["serve"] => Self::Serve(Duration::ZERO),
            ["serve-after", after] => Self::Serve(millis(after)?),
            ["noisy", lines] => Self::Noisy(lines.parse().ok()?),
            ["exit", code] => Self::Exit(Exit::Code(code.parse().ok()?)),
            ["hang"] => Self::Hang,
            ["flap", after] => Self::Flap(millis(after)?),
            ["needs", service] => Self::Needs(ServiceName::new(*service).ok()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_goes_before_the_images_name() {
        let image = ImageRef::new("registry:5000/lib/exit:3").unwrap();
        assert_eq!(Behaviour::read(&[], Some(&image)), Behaviour::Exit(Exit::Code(3)));
        assert_eq!(Behaviour::read(&["hang".to_owned()], Some(&image)), Behaviour::Hang);
        let plain = ImageRef::new("nginx:1.27").unwrap();
        assert_eq!(Behaviour::read(&[], Some(&plain)), Behaviour::Serve(Duration::ZERO));
    }

    #[test]
    fn an_unknown_program_is_missing() {
        for argv in [&["nginx"][..], &["exit", "x"], &["flap"]] {
            let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(Behaviour::read(&argv, None), Behaviour::Missing(argv[0].clone()));
        }
    }
}
