//! What a failed call was for, which decides how its failure is reported.

use std::io;
use std::path::Path;

use eve_core::{Error, codes};

/// What a call to the operating system or to SQLite was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// To read: a refusal is a matter of permissions.
    Read,
    /// To write: a refusal means that the state can only be read.
    Write,
}

impl Intent {
    /// The error for a failed call of the operating system.
    pub(crate) fn io_error(self, path: &Path, source: io::Error) -> Error {
        let at = path.display();
        let error = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk_full(path),
            io::ErrorKind::ReadOnlyFilesystem => read_only(path),
            io::ErrorKind::PermissionDenied if self == Self::Write => read_only(path),
            io::ErrorKind::PermissionDenied => {
                Error::denied(codes::STATE_IO, format!("{at} may not be read")).with_hint("run as the user who owns it")
            }
            io::ErrorKind::ResourceBusy => busy(path),
            _ => Error::failed(codes::STATE_IO, format!("{at} cannot be {}", self.participle())),
        };
        error.with_source(source)
    }

    /// The error for a failed call of SQLite.
    pub(crate) fn sql_error(self, database: &Path, source: sqlx::Error) -> Error {
        let at = database.display();
        match source {
            sqlx::Error::Io(io) => return self.io_error(database, io),
            sqlx::Error::Database(_) | sqlx::Error::PoolTimedOut => {}
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                return unreadable(database).with_source(source);
            }
            _ => {
                let text = format!("{at} cannot be {}", self.participle());
                return Error::failed(codes::STATE_IO, text).with_source(source);
            }
        }
        let error = match primary_code(&source) {
            Some(SQLITE_FULL) => disk_full(database),
            Some(SQLITE_READONLY) => read_only(database),
            Some(SQLITE_PERM | SQLITE_AUTH | SQLITE_CANTOPEN) if self == Self::Write => read_only(database),
            Some(SQLITE_PERM | SQLITE_AUTH | SQLITE_CANTOPEN) => {
                Error::denied(codes::STATE_IO, format!("{at} cannot be opened"))
                    .with_hint("run as the user who owns it")
            }
            // A statement that does not fit the tables: they are not the ones that this schema has.
            Some(SQLITE_CORRUPT | SQLITE_NOTADB | SQLITE_ERROR) => unreadable(database),
            Some(SQLITE_BUSY | SQLITE_LOCKED | SQLITE_PROTOCOL) | None => busy(database),
            Some(_) => Error::failed(codes::STATE_IO, format!("{at} cannot be {}", self.participle())),
        };
        error.with_source(source)
    }

    fn participle(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "written",
        }
    }
}

/// The state can only be read.
pub(crate) fn read_only(path: &Path) -> Error {
    Error::denied(codes::STATE_READ_ONLY, format!("{} can only be read", path.display()))
        .with_hint("name a state directory that may be written")
}

/// Stored state is damaged.
pub(crate) fn unreadable(path: &Path) -> Error {
    Error::corrupt(codes::STATE_UNREADABLE, format!("{} is damaged", path.display()))
        .with_hint("restore the state directory from a backup, or move it away to begin anew")
}

/// Others are at work on it for longer than one waits.
pub(crate) fn busy(path: &Path) -> Error {
    Error::unavailable(codes::STATE_IO, format!("{} is busy", path.display())).with_hint("try again")
}

/// True if SQLite could not open a file that its journalling needs.
pub(crate) fn is_cannot_open(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(SQLITE_CANTOPEN)
}

/// True if SQLite refused a row because a value is missing in it.
pub(crate) fn is_without_value(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == SQLITE_CONSTRAINT_NOTNULL)
}

fn disk_full(path: &Path) -> Error {
    Error::exhausted(codes::STATE_DISK_FULL, format!("the disk of {} is full", path.display()))
        .with_hint("free some space and try again")
}

/// SQLite's result code without its extension.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

// https://www.sqlite.org/rescode.html
const SQLITE_ERROR: u32 = 1;
const SQLITE_PERM: u32 = 3;
const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_PROTOCOL: u32 = 15;
const SQLITE_AUTH: u32 = 23;
const SQLITE_NOTADB: u32 = 26;

const SQLITE_CONSTRAINT_NOTNULL: &str = "1299";

#[cfg(test)]
mod tests {
    use eve_core::ErrorKind;

    use super::*;

    #[test]
    fn refusals_of_the_operating_system_have_codes_and_hints() {
        let at = Path::new("/state/x");
        for (intent, kind, code) in [
            (Intent::Write, io::ErrorKind::StorageFull, codes::STATE_DISK_FULL),
            (Intent::Write, io::ErrorKind::QuotaExceeded, codes::STATE_DISK_FULL),
            (Intent::Write, io::ErrorKind::ReadOnlyFilesystem, codes::STATE_READ_ONLY),
            (Intent::Write, io::ErrorKind::PermissionDenied, codes::STATE_READ_ONLY),
            (Intent::Read, io::ErrorKind::PermissionDenied, codes::STATE_IO),
        ] {
            let error = intent.io_error(at, kind.into());
            assert_eq!(error.code(), &code, "{intent:?} {kind:?}");
            assert!(error.hint().is_some(), "{intent:?} {kind:?}");
        }
    }

    #[test]
    fn only_what_may_pass_by_itself_is_retryable() {
        let at = Path::new("/state/x");
        assert!(Intent::Write.io_error(at, io::ErrorKind::StorageFull.into()).is_retryable());
        assert!(Intent::Write.io_error(at, io::ErrorKind::ResourceBusy.into()).is_retryable());
        assert!(!Intent::Write.io_error(at, io::ErrorKind::PermissionDenied.into()).is_retryable());
        assert_eq!(Intent::Read.sql_error(at, sqlx::Error::PoolTimedOut).kind(), ErrorKind::Unavailable);
    }
}
