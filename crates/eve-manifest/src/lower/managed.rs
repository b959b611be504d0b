//! Databases that the platform keeps.

use std::sync::Arc;

use eve_core::Desired;
use eve_core::desired::{DatabaseEngine, ManagedDatabase};

use super::Trace;
use crate::language::{Backup, Managed};
use crate::model::Declared;

/// Adds a managed database.
pub(super) fn lower(declared: &Declared, desired: &mut Desired, file: &Arc<str>) {
    let mut trace = Trace::new(file);
    let x = declared.service.x_eve();
    let said = x.and_then(|x| x.managed.as_ref());
    let role = x.and_then(|x| x.role.as_ref()).map(|at| at.span);
    trace.value("managed", said.map(|at| at.span).or(role));
    let mut database = ManagedDatabase::new(DatabaseEngine::Postgres);
    if let Some(at) = said {
        describe(&at.value, &mut database, &mut trace);
    }
    trace.finish(&declared.name, declared.key, &mut desired.origins);
    desired.managed.insert(declared.name.clone(), database);
}

fn describe(said: &Managed, database: &mut ManagedDatabase, trace: &mut Trace<'_>) {
    trace.value("managed.engine", said.engine.as_ref().map(|at| at.span));
    if let Some(engine) = &said.engine {
        database.engine = engine.value;
    }
    trace.value("managed.class", said.class.as_ref().map(|at| at.span));
    database.class = said.class.as_ref().map(|at| at.value);
    trace.value("managed.version", said.engine_version.as_ref().map(|at| at.span));
    database.version = said.engine_version.as_ref().map(|at| at.value.0.clone());
    trace.value("managed.extensions", said.extensions.as_ref().map(|at| at.span));
    database.extensions = said.extensions.iter().flat_map(|at| &at.value).map(|at| at.value).collect();
    trace.value("managed.backup", said.backup.as_ref().map(|at| at.span));
    if let Some(Backup { schedule, retention, snapshot_on_delete, snapshot_on_reset, .. }) =
        said.backup.as_ref().map(|at| &at.value)
    {
        let backup = &mut database.backup;
        backup.schedule = schedule.as_ref().map(|at| at.value.0.clone());
        backup.retention_days = retention.as_ref().map(|at| at.value.0);
        backup.before_delete = snapshot_on_delete.as_ref().map(|at| at.value);
        backup.before_reset = snapshot_on_reset.as_ref().map(|at| at.value);
    }
}
