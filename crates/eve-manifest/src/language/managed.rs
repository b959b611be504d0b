//! Databases that the platform keeps.

use eve_core::Schedule;
use eve_core::desired::{BackupSchedule, DatabaseClass, DatabaseEngine, DatabaseExtension};
use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Reader, Shape, mapping, or_variables, ruled};
use crate::tree::{Kind, Node};

mapping! {
    /// What a managed database is like.
    Managed = "managed section" {
        /// How much it can do: `db.p1`, `db.p2` or `db.p3`. The platform's choice by default.
        class: DatabaseClass = "class";
        /// The database system. `postgres` by default, and there is no other.
        engine: DatabaseEngine = "engine" else "postgres";
        /// Its version. The platform's choice by default.
        engine_version: Version = "engine_version";
        /// When it is saved. As its class has it by default.
        backup: Backup = "backup";
        /// What is added to the database system: postgis, pgvector, `pg_trgm`, `btree_gist`, hstore, citext or `pg_cron`.
        extensions: Vec<At<DatabaseExtension>> = "extensions";
    }
}

mapping! {
    /// When a managed database is saved.
    Backup = "backup section" {
        /// Five fields of cron in UTC, or false for never.
        schedule: BackupTimes = "schedule";
        /// How long a backup is kept, in days: 30d.
        retention: Days = "retention";
        /// Whether it is saved before it is deleted.
        snapshot_on_delete: bool = "snapshot_on_delete";
        /// Whether it is saved before it is emptied.
        snapshot_on_reset: bool = "snapshot_on_reset";
    }
}

ruled! {
    /// A version of a database system, or the beginning of one.
    Version = "a version", "^[0-9]{1,4}([.][0-9]{1,4}){0,2}$", is_version, "write its number: 16, 16.4";
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() <= 3 && parts.iter().all(|part| matches!(part.len(), 1..=4) && part.bytes().all(|b| b.is_ascii_digit()))
}

/// A schedule, or false.
#[derive(Debug, Clone)]
pub(crate) struct BackupTimes(pub(crate) BackupSchedule);

impl Shape for BackupTimes {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if reader.scalar(node, "a schedule or false")?.kind() == Kind::Bool(false) {
            return Some(Self(BackupSchedule::Off));
        }
        Schedule::read(node, reader).map(BackupSchedule::At).map(Self)
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        json_schema!({ "anyOf": [{ "enum": [false] }, Schedule::schema(definitions)] })
    }
}

/// A number of days, `30d`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days(pub(crate) u16);

impl Days {
    const MOST: u16 = 3650;
}

impl Shape for Days {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.scalar(node, "a number of days")?.into_owned().text;
        let digits = text.strip_suffix('d').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        if let Some(days @ 1..=Self::MOST) = digits.and_then(|digits| digits.parse().ok()) {
            return Some(Self(days));
        }
        let text = format!("`{}` is no number of days", text.escape_debug());
        reader.bad_value(node, text, concat!("write 1d to ", 3650, "d"))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let days = json_schema!({ "title": "a number of days", "type": "string", "pattern": "^[0-9]{1,4}d$" });
        or_variables(days, definitions)
    }
}
