//! A registry that lives as long as a test: nothing is fetched from anywhere else.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::query_parameters::{PushImageOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder};
use futures_util::StreamExt as _;
use tempfile::TempDir;

/// How long the registry may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A registry on this machine; ended when it is dropped.
pub(crate) struct Registry {
    child: Child,
    host: String,
    _dir: TempDir,
}

impl Registry {
    /// One that is open to everybody.
    pub(crate) async fn open() -> Self {
        Self::start("").await
    }

    /// One that wants a name and a password.
    pub(crate) async fn closed() -> Self {
        Self::start("auth:\n  htpasswd:\n    realm: test\n    path: PATH/htpasswd\n").await
    }

    async fn start(more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder can be made");
        let root = dir.path().to_string_lossy().into_owned();
        // Nobody knows the password.
        fs::write(dir.path().join("htpasswd"), "nobody:$2y$05$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu\n")
            .expect("a file can be written");
        let host = free_address();
        let mut config = "version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\n".to_owned();
        let _ =
            write!(config, "storage: {{ filesystem: {{ rootdirectory: {root}/images }} }}\nhttp: {{ addr: {host} }}\n");
        config.push_str(&more.replace("PATH", &root));
        let file = dir.path().join("config.yml");
        fs::write(&file, config).expect("a file can be written");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a docker-registry (install Debian's package of that name)");
        let registry = Self { child, host, _dir: dir };
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(&registry.host).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "the registry does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        registry
    }

    /// The name of an image in it.
    pub(crate) fn name(&self, image: &str) -> String {
        format!("{}/{image}", self.host)
    }

    /// Puts an image of the engine there under a name, and leaves the engine without that name.
    pub(crate) async fn put(&self, docker: &Docker, image: &str, name: &str) -> String {
        let full = self.name(name);
        let (repository, tag) = full.rsplit_once(':').expect("the name has a tag");
        let named = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        docker.tag_image(image, Some(named)).await.expect("the image gets a name");
        let options = PushImageOptionsBuilder::new().tag(tag).build();
        let mut pushing = docker.push_image(repository, Some(options), None);
        while let Some(told) = pushing.next().await {
            told.expect("the image is put into the registry");
        }
        forget(docker, &full).await;
        full
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes a name from an image; without any it goes.
pub(crate) async fn forget(docker: &Docker, image: &str) {
    let how = RemoveImageOptionsBuilder::new().build();
    docker.remove_image(image, Some(how), None).await.expect("the image can be removed");
}

/// An address of this machine where nothing listens. The engine trusts registries on 127.0.0.0/8.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").to_string()
}
