//! The whole file.

use std::sync::Arc;

use eve_core::{EnvName, PipelineName, SecretName, ServiceName, VolumeName};

use super::{
    Config, ConfigName, DeclaredSecret, Environment, Pipeline, Platform, RegistryPlace, Service, Versioning, Volume,
    Workflow, WorkflowName,
};
use crate::grammar::{Map, Prose, mapping, parsed, words};

words! {
    /// The languages that a file may name.
    SchemaWord {
        V2 = "eve/compose/v2";
    }
}

parsed! {
    EnvName, "the name of an environment";
    PipelineName, "the name of a pipeline";
}

mapping! {
    /// A manifest: services, the environments that they run in, and the pipelines that bring them there.
    Root = "manifest" extensible {
        /// The language of the file.
        schema: SchemaWord = "schema";
        /// The project's name.
        name: String = "name" formerly "project";
        /// What the project is, for people.
        description: Prose = "description";
        /// The services, by name.
        services: Map<ServiceName, Arc<Service>> = "services" formerly "components", required;
        /// The environments, by name.
        environments: Map<EnvName, Environment> = "environments";
        /// The pipelines, by name.
        pipelines: Map<PipelineName, Pipeline> = "pipelines";
        /// The workflows, by name: work that events or people start. They are carried along.
        workflows: Map<WorkflowName, Workflow> = "workflows";
        /// The named volumes. One that is not declared here needs no options.
        volumes: Map<VolumeName, Volume> = "volumes";
        /// The secrets, by name. Those that services find as files have to be declared in a file without a schema, and may be in others.
        secrets: Map<SecretName, DeclaredSecret> = "secrets";
        /// The configs, by name: texts and files of the project that services find as files.
        configs: Map<ConfigName, Config> = "configs";
        /// Where images are kept: eve, none, or a registry of one's own. Kept, and not used yet.
        registry: RegistryPlace = "registry";
        /// What Compose has no word for.
        x_eve: Platform = "x-eve" | "x_eve";
        /// How versions are chosen. Releases are counted yet, and nothing is tagged.
        versioning: Versioning = "versioning";
    }
    not_used {
        "version": "The version of a Compose file; it has no meaning any more.";
        "networks": "Networks between services. Every service of an environment reaches every other.";
    }
    unsupported {
        "include": "put the services into this file";
    }
}
