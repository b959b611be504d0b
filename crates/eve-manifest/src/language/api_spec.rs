//! What a service says of itself to agents.

use super::slug::CommandName;
use super::storage::Within;
use crate::grammar::{Prose, mapping, words};

words! {
    /// How an interface is described.
    ApiKind {
        Openapi = "openapi";
        Postgrest = "postgrest";
        Graphql = "graphql";
    }
}

words! {
    /// Who may ask an interface.
    ApiAuth {
        Eve = "eve";
        None = "none";
    }
}

mapping! {
    /// An interface, for agents.
    ApiSpec = "api_spec section" {
    }
    checked {
        "type" as ApiKind: "How it is described: openapi (the default), postgrest or graphql.";
        "spec_url" as String: "Where its description is. /openapi.json, / or /graphql of the service by default.";
        "spec_path" as Within: "The description as a file of the project.";
        "on_deploy" as bool: "Whether it is read with every deploy. True by default.";
        "auth" as ApiAuth: "Who may ask it: eve (the default) or none.";
        "name" as String: "What it is called.";
    }
}

mapping! {
    /// A command line for a service, for agents.
    CommandLine = "cli section" {
    }
    checked {
        "name" as CommandName, required: "What it is called: a-z, 0-9 and -, beginning with a letter.";
        "bin" as String: "The program in its package.";
        "image" as String: "The image that has it.";
        "description" as Prose: "What it is for.";
    }
}
