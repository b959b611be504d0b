//! An image of this very program, with the libraries that it has loaded and nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eve::desired::BuildSpec;
use eve::{Artifact, BuildCx, BuildRequest, Deadline, Digest, Embedded, Error, Result, ServiceName, SourceDir, codes};

/// Builds the image by the embedder's own builder, from files below `dir`. In it, the program is
/// `/bin/<name>`, and `LISTEN` says that it is to be reached from outside of itself.
pub(crate) async fn build(eve: &Embedded, dir: &Path, name: &str) -> Result<Digest> {
    let root = dir.join("base");
    lay_out(&root, name).map_err(|e| {
        Error::unavailable(codes::BACKEND_IO, "this program cannot be copied for its image").with_source(e)
    })?;
    let env = Arc::clone(&eve.parts().env);
    let request = BuildRequest::new(ServiceName::new("base")?, BuildSpec::new("."), SourceDir::new(&root));
    let cx = BuildCx::new(env.clone(), Deadline::after(&*env, Duration::from_mins(5)));
    match eve.parts().builder.build(&request, &cx).await? {
        Artifact::LocalImage { id, .. } => Ok(id),
        other => Err(Error::internal(codes::INTERNAL_INVARIANT, format!("the builder made {other}, no image"))),
    }
}

/// The context of the image.
pub(crate) fn lay_out(root: &Path, name: &str) -> io::Result<()> {
    const DOCKERFILE: &str = "FROM scratch\nCOPY files /\nENV PATH=/bin LISTEN=0.0.0.0\n";
    let me = std::env::current_exe()?;
    fs::create_dir_all(root.join("files/bin"))?;
    fs::write(root.join("Dockerfile"), DOCKERFILE)?;
    fs::copy(&me, root.join("files/bin").join(name))?;
    for library in loaded()?.into_iter().filter(|library| *library != me) {
        let to = root.join("files").join(library.strip_prefix("/").unwrap_or(&library));
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(&library, to)?;
        // The program names its loader there, wherever the system keeps it.
        let file = library.file_name().unwrap_or_default();
        if file.to_string_lossy().starts_with("ld-linux-x86-64") {
            fs::create_dir_all(root.join("files/lib64"))?;
            fs::copy(&library, root.join("files/lib64").join(file))?;
        }
    }
    Ok(())
}

/// The files that this program runs from: itself and its libraries.
fn loaded() -> io::Result<Vec<PathBuf>> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let mut files: Vec<PathBuf> =
        maps.lines().filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..]))).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files.dedup();
    Ok(files)
}
