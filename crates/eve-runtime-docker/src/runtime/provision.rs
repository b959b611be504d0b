//! What has to be there before the first operation: images, the bytes of files, and names that are free.

use std::collections::HashMap;

use async_trait::async_trait;
use eve_core::{Cancel, Error, Op, OpCx, Provision, Result, Verb};
use futures_util::future;

use super::container_spec::ContainerSpec;
use super::docker_runtime::DockerRuntime;
use super::perform::{foreign, unknown};
use super::plan::CONTAINER;
use super::{network, volume};
use crate::files;
use crate::images::Origins;
use crate::labels::{self, Labels};

#[async_trait]
impl Provision<[Op]> for DockerRuntime {
    async fn provide(&self, work: &[Op], cx: &OpCx) -> Result<()> {
        cx.admit()?;
        let makes: Vec<&Op> = work.iter().filter(|op| op.verb == Verb::Create).collect();
        let (mut origins, mut files) = (Origins::default(), Vec::new());
        for op in makes.iter().filter(|op| op.object.kind == CONTAINER) {
            let body = op.body.as_ref().ok_or_else(|| unknown(op))?;
            let spec: ContainerSpec = body.decode().map_err(|e| unknown(op).with_source(e))?;
            origins.add(spec.image.reference(), spec.image.can_be_fetched());
            files.extend(spec.files.into_iter().map(|placed| (spec.service.to_string(), placed)));
        }
        let strangers = tokio::select! {
            found = cx.deadline.limit(&*cx.env, "what has names that are needed", self.strangers(cx)) => found??,
            () = cx.cancel.cancelled() => return Err(Cancel::error()),
        };
        let name = |op: &Op| labels::engine_name(&cx.environment, &op.object.name);
        let taken = makes.iter().filter(|op| strangers.contains(&(op.object.kind.as_str(), name(op))));
        if let Some(error) = Error::several(taken.map(|op| foreign(op)).collect()) {
            return Err(error);
        }
        files::check_there(files, cx).await?;
        origins.fetch(&self.daemon, cx).await
    }
}

impl DockerRuntime {
    /// Kind and name of everything on the engine that is named as an environment's objects are and is not
    /// ours.
    async fn strangers(&self, cx: &OpCx) -> Result<Vec<(&'static str, String)>> {
        // The engine's filter takes every name that the text is a part of.
        let filter = [("name", labels::name_prefix(&cx.environment))];
        let (containers, networks, volumes) = future::try_join3(
            self.daemon.containers(&filter),
            self.daemon.networks(&filter),
            self.daemon.volumes(&filter),
        )
        .await?;
        let mut out = Vec::new();
        for one in containers.into_iter().filter(|one| !self.is_ours(CONTAINER, one.labels.as_ref(), cx)) {
            let names = one.names.into_iter().flatten();
            out.extend(names.map(|name| (CONTAINER, name.trim_start_matches('/').to_owned())));
        }
        let networks = networks.into_iter().filter(|one| !self.is_ours(network::KIND, one.labels.as_ref(), cx));
        out.extend(networks.filter_map(|one| Some((network::KIND, one.name?))));
        let volumes = volumes.into_iter().filter(|one| !self.is_ours(volume::KIND, Some(&one.labels), cx));
        out.extend(volumes.map(|one| (volume::KIND, one.name)));
        Ok(out)
    }

    fn is_ours(&self, kind: &str, labels: Option<&HashMap<String, String>>, cx: &OpCx) -> bool {
        Labels::read(&self.config.owner, &cx.environment, kind, labels).is_some()
    }
}
