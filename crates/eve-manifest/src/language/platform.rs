//! What a manifest says to the platform.

use eve_core::HostName;

use super::Requires;
use crate::grammar::mapping;

mapping! {
    /// What Compose has no word for, for the manifest as a whole.
    Platform = "x-eve section of a manifest" {
        /// What holds where nobody says otherwise.
        defaults: Defaults = "defaults";
        /// What every environment needs before anything is deployed.
        requires: Requires = "requires";
        /// How services are reached from outside.
        ingress: PlatformIngress = "ingress";
    }
    carried {
        "agents": "The project's agents.";
        "app_links": "What it offers to other apps, and uses of them.";
        "auth": "How people sign in to it.";
        "branding": "How it looks.";
        "chat": "Where its agents are spoken to.";
        "install_agents": "The agents that are installed.";
        "packs": "Agents and skills of others.";
        "skill_modes": "How its agents use their skills.";
    }
}

mapping! {
    /// What holds where nobody says otherwise.
    Defaults = "defaults section" {
        /// The environment that is meant. Kept, and not used yet.
        env: String = "env";
    }
    carried {
        "git": "How agents use the repository.";
        "harness": "What runs agents.";
        "harness_options": "Settings of what runs agents.";
        "harness_preference": "What should run agents.";
        "harness_profile": "A named set of such settings.";
        "hints": "What agents should know.";
        "workspace": "What agents work in.";
    }
}

mapping! {
    /// How services are reached from outside.
    PlatformIngress = "ingress section of a manifest" {
        /// The domain under which hosts are made.
        domain: HostName = "domain";
    }
}
