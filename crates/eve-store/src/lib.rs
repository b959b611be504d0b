//! Journal, blobs and secrets that survive a crash, in one state directory.
//!
//! ```
//! use std::sync::Arc;
//!
//! use eve_core::{Body, Env, Journal, Record, StreamId, SystemEnv};
//! use eve_store::StateDir;
//!
//! # async fn example(dir: &std::path::Path) -> eve_core::Result<()> {
//! let env: Arc<dyn Env> = Arc::new(SystemEnv::new());
//! let state = StateDir::open(dir, "an example", env.clone()).await?;
//! let stream = StreamId::from_stored("run/run_1");
//! let record = Record::new("run.started", 1, env.now(), Body::of(&"by hand")?);
//! state.journal().append(&stream, 0, None, vec![record]).await?;
//! state.close().await;
//!
//! let again = StateDir::open_read_only(dir, env).await?;
//! assert_eq!(again.journal().read(&stream, 0, 10).await?.len(), 1);
//! # again.close().await;
//! # Ok(())
//! # }
//! # let dir = tempfile::tempdir().unwrap();
//! # let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
//! # runtime.block_on(example(&dir.path().join("state"))).unwrap();
//! ```
//!
//! | type | implements | kept in |
//! |---|---|---|
//! | [`StateDir`] | opens the directory, for any number of writers and readers | `VERSION`, `lock`, `holders/` |
//! | [`SqliteJournal`] | [`Journal`](eve_core::Journal) | `journal.db` |
//! | [`DirBlobs`] | [`Blobs`](eve_core::Blobs) | `blobs/` |
//! | [`EnvFileSecrets`] | [`SecretStore`](eve_core::SecretStore) | `secrets/` |
//! | [`FolderFiles`] | [`SourceFiles`](eve_core::SourceFiles): reads a project's folder | nothing |
//!
//! **Who may write.** Several processes at a time, and readers beside them, who see what is
//! committed. What must be one at a time takes a lease: its fence decides whose appends count. Who
//! takes a lease shows by a locked file in `holders/` that it lives; the operating system gives the
//! lock back however the process ends, so a dead holder's lease is free at once, and one that is only
//! stopped keeps it for its time. [`StateDir::holders`] tells who is at work.
//!
//! **What survives.** An append that returned is on the disk: SQLite runs in WAL mode with full
//! synchronisation, and all appends that wait at one moment share one commit. Files are written
//! beside their place, synchronised and renamed.
//!
//! **What is noticed.** Every entry carries a digest over itself and the one before, every blob is
//! checked against its name: an edited or torn record is `state.unreadable`, never a wrong answer.

mod access;
mod atomic_file;
mod blobs;
mod blocking;
mod folder_files;
mod holders;
mod intent;
mod journal;
mod locked_file;
mod opened;
mod secrets;
mod set_up;
mod state_dir;
mod version;
mod who;

pub use blobs::DirBlobs;
pub use folder_files::FolderFiles;
pub use holders::Holder;
pub use journal::{JournalStats, SqliteJournal};
pub use secrets::EnvFileSecrets;
pub use state_dir::StateDir;
