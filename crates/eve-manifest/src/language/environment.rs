//! An environment.

use eve_core::{BranchPattern, ServiceName, VarName};
use schemars::Schema;

use super::Service;
use crate::grammar::{At, Definitions, Map, Reader, Shape, mapping, part_of, words};
use crate::tree::{Node, Value};

words! {
    /// How long an environment is meant to live.
    EnvironmentType {
        Persistent = "persistent";
        Temporary = "temporary";
    }
}

words! {
    /// What an environment is for.
    EnvironmentKind {
        Standard = "standard";
        Preview = "preview";
    }
}

words! {
    /// What a deploy needs beside somebody who asks for it.
    Approval {
        Required = "required";
    }
}

mapping! {
    /// An environment: where the services run.
    Environment = "environment" extensible {
        /// The pipeline that a deploy runs. Without one, a deploy builds, releases and deploys.
        pipeline: String = "pipeline";
        /// What differs here from the rest of the file.
        overrides: Overrides = "overrides";
        /// persistent (the default) or temporary. Kept, and not used yet.
        kind_of_life: EnvironmentType = "type" else "persistent";
        /// standard (the default) or preview. Kept, and not used yet.
        kind: EnvironmentKind = "kind" else "standard";
        /// Words by which it is found, each with its value. Kept, and not used yet.
        labels: Map<VarName, String> = "labels";
        /// The branch whose pushes are meant for it, or a pattern: `release/*`, `*/fix`, `*-rc`. Kept, and not used yet.
        branch: BranchPattern = "branch";
        /// Whether a push deploys it. Kept, and not used yet.
        auto_deploy: bool = "auto_deploy";
        /// What its pipeline is told, by name. Kept, and not used yet.
        pipeline_inputs: Map<VarName, Node> = "pipeline_inputs";
        /// required, if a deploy has to be of a plan that was approved. By default it need not.
        approval: Approval = "approval";
        /// The services of role worker that run here. All of them by default.
        workers: Workers = "workers";
    }
}

/// The workers of an environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workers {
    pub(crate) all: Vec<At<Worker>>,
    /// False if one of them cannot be read, which is reported.
    pub(crate) is_whole: bool,
}

impl Shape for Workers {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let all = Vec::read(node, reader)?;
        let is_whole = matches!(&node.value, Value::List(items) if items.len() == all.len());
        Some(Self { all, is_whole })
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        Vec::<At<Worker>>::schema(definitions)
    }
}

mapping! {
    /// A service of role worker that runs in an environment.
    Worker = "worker" {
        /// The service.
        service: String = "service" | "name", required;
        /// How many of it run side by side here.
        replicas: u32 = "replicas";
    }
    carried {
        "type": "A name by which work is routed to it.";
    }
}

mapping! {
    /// What differs in one environment.
    Overrides = "overrides section" {
        /// Keys of services. Mappings are merged, everything else is replaced.
        services: Map<ServiceName, Part> = "services";
    }
}

/// Some keys of a service, which are read once they are laid over the rest.
#[derive(Debug, Clone)]
pub(crate) struct Part(pub(crate) Node);

impl Shape for Part {
    fn read(node: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self(node.clone()))
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        part_of::<Service>(definitions)
    }
}
