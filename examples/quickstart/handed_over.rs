//! The image of this very program, in a cluster that pulls nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eve::{Error, Result, codes};

use crate::own_image;

/// Makes the image in the cluster that the project's script starts for tests, and answers its name. Any other cluster
/// has to have it already.
pub(crate) fn hand_over(dir: &Path, name: &str) -> Result<String> {
    let (root, image_name) = (dir.join("base"), format!("eve-{name}:1"));
    let failed = |text: &str| {
        Error::unavailable(codes::BACKEND_IO, text)
            .with_hint("start the cluster of the tests, or name one in KUBECONFIG that has the image")
    };
    let cannot = |e: io::Error| failed("this program cannot be copied for its image").with_source(e);
    own_image::lay_out(&root, name).map_err(cannot)?;
    let mut image = Command::new(script());
    image.args(["image", "-env", "PATH=/bin", "-env", "LISTEN=0.0.0.0", &image_name]).arg(root.join("files"));
    let done = image.stdin(Stdio::null()).output().map_err(cannot)?;
    // Whether another cluster has it is told by the deploy.
    let is_elsewhere = std::env::var_os("KUBECONFIG").is_some();
    if done.status.success() || is_elsewhere {
        return Ok(image_name);
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(failed("no cluster takes the image").with_source(io::Error::other(said)))
}

/// The project's script, seen from whichever of its packages this is a part of.
fn script() -> PathBuf {
    const SCRIPT: &str = "tests/cluster/cluster";
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join(SCRIPT));
    above.into_iter().find(|script| script.is_file()).unwrap_or_else(|| SCRIPT.into())
}
