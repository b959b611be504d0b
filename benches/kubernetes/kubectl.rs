//! A peer: kubectl.

use std::path::{Path, PathBuf};

use crate::side_by_side::Failure;
use crate::side_by_side::program::Program;

/// Kubectl, with a file of the same objects.
#[derive(Debug)]
pub(crate) struct Kubectl {
    words: Vec<String>,
    file: PathBuf,
    kubeconfig: PathBuf,
    pub(crate) namespace: String,
}

impl Kubectl {
    /// The one of this user, or that of the cluster for the tests; none where neither is.
    pub(crate) async fn find(
        (dir, kubeconfig): (&Path, &Path),
        namespace: String,
        objects: &str,
    ) -> Result<Option<Self>, Failure> {
        let file = dir.join("objects.yaml");
        std::fs::write(&file, objects)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/cluster");
        let script = vec![script.to_string_lossy().into_owned(), "kubectl".to_owned()];
        for words in [vec!["kubectl".to_owned()], script] {
            let found =
                Self { words, file: file.clone(), kubeconfig: kubeconfig.to_owned(), namespace: namespace.clone() };
            if found.program().with(["version", "--client"]).output().await.is_ok() {
                return Ok(Some(found));
            }
        }
        println!("there is no kubectl: its side is left out");
        Ok(None)
    }

    pub(crate) fn apply(&self) -> Program {
        self.program().with(["apply", "-f"]).with_path(&self.file)
    }

    pub(crate) fn apply_on_the_server(&self) -> Program {
        self.program().with(["apply", "--server-side", "-f"]).with_path(&self.file)
    }

    /// Waits for all of them.
    pub(crate) fn rollout_status(&self) -> Program {
        self.program().with(["rollout", "status", "deployment", "--namespace", &self.namespace])
    }

    pub(crate) fn delete(&self) -> Program {
        self.program().with(["delete", "--wait", "-f"]).with_path(&self.file)
    }

    fn program(&self) -> Program {
        let program = Program::new(&self.words[0]).with(self.words[1..].iter().map(String::as_str));
        program.with_variable("KUBECONFIG", self.kubeconfig.to_string_lossy())
    }
}
