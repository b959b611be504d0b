//! How a program knows that it is to be the supervisor.

use std::ffi::OsString;
use std::path::PathBuf;

/// The argument before the state directory by which a program is told to be its supervisor.
pub const MODE_ARGUMENT: &str = "--eve-supervisor";

/// The state directory whose supervisor this process is to be; none if it was started as anything
/// else. `args` begin with the program, as [`std::env::args_os`] do.
pub fn mode(args: impl IntoIterator<Item = OsString>) -> Option<PathBuf> {
    let mut args = args.into_iter().skip(1);
    match (args.next(), args.next(), args.next()) {
        (Some(mode), Some(dir), None) if mode == MODE_ARGUMENT => Some(dir.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Option<PathBuf> {
        mode(args.iter().map(OsString::from))
    }

    #[test]
    fn exactly_the_two_arguments_make_a_supervisor() {
        assert_eq!(of(&["eve", MODE_ARGUMENT, "/state"]), Some(PathBuf::from("/state")));
        for args in [&["eve"][..], &["eve", MODE_ARGUMENT], &["eve", MODE_ARGUMENT, "/state", "more"]] {
            assert_eq!(of(args), None, "{args:?}");
        }
        assert_eq!(of(&[MODE_ARGUMENT, "/state", "deploy"]), None);
        assert_eq!(of(&["eve", "deploy", MODE_ARGUMENT]), None);
    }
}
