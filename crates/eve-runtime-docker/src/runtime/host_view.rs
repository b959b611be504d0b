//! The file system of this machine, for an engine that is on it.

use std::io::ErrorKind;

use async_trait::async_trait;
use eve_core::desired::HostAccess;
use eve_core::policy::{Links, Refusals, judge_service};
use eve_core::{AbsolutePath, Error, HostView, OpCx, Origins, Policy, Result, codes};

use super::container_spec::ContainerSpec;
use super::docker_runtime::DockerRuntime;

#[async_trait]
impl HostView for DockerRuntime {
    fn engine_places(&self) -> Vec<AbsolutePath> {
        let secrets = self.secret_files.root().and_then(|root| AbsolutePath::new(root.to_str()?).ok());
        let written: Vec<AbsolutePath> = self.config.socket().into_iter().chain(secrets).collect();
        let real = |path: &AbsolutePath| AbsolutePath::new(std::fs::canonicalize(path.as_str()).ok()?.to_str()?).ok();
        let mut places: Vec<AbsolutePath> = written.iter().filter_map(real).collect();
        places.extend(written);
        places
    }

    async fn resolve(&self, path: &AbsolutePath) -> Result<Option<AbsolutePath>> {
        let looked = path.clone();
        // Where a file system hangs, nobody else waits.
        let found = tokio::task::spawn_blocking(move || std::fs::canonicalize(looked.as_str())).await;
        let found = found.map_err(|e| {
            Error::internal(codes::INTERNAL_INVARIANT, format!("looking at {path} broke off")).with_source(e)
        })?;
        match found {
            Ok(real) => match real.to_str() {
                Some(real) => AbsolutePath::new(real).map(Some),
                None => Err(Error::invalid(codes::PATH_INVALID, format!("{path} leads to a path that is no text"))
                    .with_hint("rename what it leads to")),
            },
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(Error::failed(codes::BACKEND_IO, format!("{path} of the host cannot be looked at"))
                .with_hint("let the engine's user reach it, or bind another folder")
                .with_source(e)),
        }
    }
}

impl DockerRuntime {
    /// What a container is given of the host: what it asks for, with links followed, if the policy allows it
    /// as it is written and as it is without links.
    ///
    /// # Errors
    /// `policy.*`, `host_path.missing`, `capability.unsupported` for an engine that is not on this machine.
    pub(super) async fn admitted(&self, spec: &ContainerSpec, cx: &OpCx) -> Result<HostAccess> {
        let policy = self.engine_places().into_iter().fold((*cx.policy).clone(), Policy::with_engine_place);
        let judged = |links: &Links| {
            Refusals::check(judge_service(&policy, &spec.service, &spec.host, &Origins::default(), links))
        };
        judged(&Links::default())?;
        let (binds, devices) = (spec.host.binds.iter(), spec.host.devices.iter());
        let paths: Vec<_> =
            binds.map(|bind| &bind.source).chain(devices.map(|device| &device.source)).cloned().collect();
        if paths.is_empty() {
            return Ok(spec.host.clone());
        }
        if !self.config.is_here() {
            let text = "where paths of another machine lead cannot be seen, so none is bound";
            return Err(Error::unsupported(codes::CAPABILITY_UNSUPPORTED, text)
                .with_hint("use a named volume, or an engine behind a unix:// socket"));
        }
        let links = Links::follow(self, paths).await?;
        judged(&links)?;
        Ok(links.followed(&spec.host))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::{DockerConfig, DockerHost};

    #[tokio::test]
    async fn links_are_followed_and_what_is_not_there_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let root = AbsolutePath::new(dir.path().canonicalize().unwrap().to_str().unwrap()).unwrap();
        symlink("/usr", dir.path().join("out")).unwrap();
        let runtime = DockerHost::new(DockerConfig::new().with_host("unix:///some/sock")).unwrap().runtime();
        assert!(runtime.engine_places().iter().any(|place| place.as_str() == "/some/sock"));
        let resolve = async |path: AbsolutePath| runtime.resolve(&path).await.unwrap();
        assert_eq!(resolve(root.clone()).await, Some(root.clone()));
        assert_eq!(resolve(root.join("out").unwrap()).await.unwrap().as_str(), "/usr");
        assert_eq!(resolve(root.join("nothing").unwrap()).await, None);
    }
}
