//! Databases that the platform keeps.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Schedule, SecretName, ServiceName, codes, naming};

/// A database that is made and kept by the platform that embeds Eve.
///
/// What workloads have to know of it are its [fields](ManagedField). The platform puts each as a secret of the
/// environment, under [`ManagedField::secret`]: one that is wanted and not there stops a deploy before it starts, and a
/// new version rolls whoever uses it, as with every secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagedDatabase {
    /// The database system.
    pub engine: DatabaseEngine,
    /// Its version; the platform's own choice without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How much it can do; the platform's own choice without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<DatabaseClass>,
    /// What is added to the database system.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extensions: BTreeSet<DatabaseExtension>,
    /// When it is saved; as its class has it without.
    #[serde(default, skip_serializing_if = "DatabaseBackup::is_default")]
    pub backup: DatabaseBackup,
}

impl ManagedDatabase {
    /// A database of one system, everything else as the platform has it.
    pub fn new(engine: DatabaseEngine) -> Self {
        Self { engine, version: None, class: None, extensions: BTreeSet::new(), backup: DatabaseBackup::default() }
    }
}

/// When a managed database is saved. What is not said is as the database's class has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DatabaseBackup {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<BackupSchedule>,
    /// How many days a backup is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u16>,
    /// Whether it is saved before it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_delete: Option<bool>,
    /// Whether it is saved before it is emptied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_reset: Option<bool>,
}

impl DatabaseBackup {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The times at which a managed database is saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BackupSchedule {
    /// Never.
    Off,
    /// Then.
    At(Schedule),
}

macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident, $what:literal { $($(#[doc = $about:literal])+ $variant:ident = $word:literal;)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $about])+ #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them, in the order of their words here.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text).ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    let message = format!(concat!("`{}` is not ", $what), text.escape_debug());
                    Error::invalid(codes::NAME_INVALID, message).with_hint(format!("allowed: {}", words.join(", ")))
                })
            }
        }
    };
}

words! {
    /// A database system.
    DatabaseEngine, "a database system" {
        /// PostgreSQL.
        Postgres = "postgres";
    }
}

words! {
    /// How much a managed database can do. What a class means is the platform's to say.
    DatabaseClass, "a class of databases" {
        /// To begin with.
        Starter = "db.p1";
        /// For most.
        Standard = "db.p2";
        /// For those that need more.
        Performance = "db.p3";
    }
}

words! {
    /// What can be added to PostgreSQL.
    DatabaseExtension, "an extension of PostgreSQL" {
        /// Places and shapes.
        Postgis = "postgis";
        /// Vectors.
        Pgvector = "pgvector";
        /// Words that are alike.
        PgTrgm = "pg_trgm";
        /// Exclusion over plain types.
        BtreeGist = "btree_gist";
        /// Keys and values.
        Hstore = "hstore";
        /// Text without case.
        Citext = "citext";
        /// Jobs within the database.
        PgCron = "pg_cron";
    }
}

words! {
    /// What a workload can know of a managed service.
    ManagedField, "a field of a managed service" {
        /// All that is needed to connect, in one URL.
        Url = "url";
        /// Its host.
        Host = "host";
        /// Its port.
        Port = "port";
        /// The name of the database.
        Database = "database";
        /// Who connects.
        Username = "username";
        /// What proves it.
        Password = "password";
    }
}

impl ManagedField {
    /// The secret that holds this field of a service: `EVE_MANAGED_<SERVICE>_<FIELD>` in upper case, `_` for `-`; with a
    /// hash where the service's name is no label, so that no two services have one in common.
    ///
    /// # Errors
    /// `name.invalid` never happens for a valid service; the signature keeps the check.
    pub fn secret(self, service: &ServiceName) -> Result<SecretName> {
        let name = naming::label(service.as_str()).to_ascii_uppercase().replace('-', "_");
        SecretName::new(format!("EVE_MANAGED_{name}_{}", self.as_str().to_ascii_uppercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for class in DatabaseClass::ALL {
            assert_eq!(class.as_str().parse::<DatabaseClass>().unwrap(), *class);
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
        assert_eq!("db.p4".parse::<DatabaseClass>().unwrap_err().hint(), Some("allowed: db.p1, db.p2, db.p3"));
    }

    #[test]
    fn each_field_has_a_secret_of_its_own() {
        let secret = |service: &str, field: ManagedField| field.secret(&ServiceName::new(service).unwrap()).unwrap();
        assert_eq!(secret("main-db", ManagedField::Url).as_str(), "EVE_MANAGED_MAIN_DB_URL");
        for other in ["main_db", "Main-db", "main.db"] {
            assert_ne!(secret("main-db", ManagedField::Url), secret(other, ManagedField::Url));
        }
    }
}
