//! This side's program.

use std::path::{Path, PathBuf};

use super::Failure;
use super::program::Program;

/// Builds the command line `eve`, where that is not done yet, beside this very program: as it is handed out, unless
/// nothing is measured.
pub(crate) async fn eve_program(smoke: bool) -> Result<PathBuf, Failure> {
    let me = std::env::current_exe()?;
    // In the target folder: <profile>/deps/<me>.
    let target = me.ancestors().nth(3).ok_or("this program is not in a target folder")?;
    let (profile, folder) = if smoke { ("dev", "debug") } else { ("dist", "dist") };
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let building =
        Program::new(cargo).that_builds().with(["build", "--profile", profile, "--package", "eve-cli", "--target-dir"]);
    building.with_path(target).output_in(Path::new(env!("CARGO_MANIFEST_DIR"))).await?;
    Ok(target.join(folder).join("eve"))
}
