//! A step of a workflow.

use super::StepCondition;
use super::retry::Retry;
use super::script::{WorkflowCommand, WorkflowScript};
use crate::grammar::{At, mapping};
use crate::language::{EnvOverrides, Requires, ResourceRefs};
use crate::tree::Node;

mapping! {
    /// A step of a workflow.
    WorkflowStep = "workflow step" {
        /// Its name. step-1, step-2, … by default.
        name: String = "name";
        /// The steps that must have ended before it.
        depends_on: Vec<At<String>> = "depends_on";
        /// What it does: an agent's work.
        agent: Node = "agent";
        /// What it does: a command.
        script: WorkflowScript = "script";
        /// What it does: a command, in short.
        run: WorkflowCommand = "run";
        /// What its agent is asked for.
        prompt: Node = "prompt";
        /// What its agent should know.
        hints: Node = "hints";
        /// How a step that it waits for has to end: step.status == 'done', or != instead.
        condition: StepCondition = "condition";
        /// What it needs before it starts.
        requires: Requires = "requires";
        /// Variables that it finds.
        env_overrides: EnvOverrides = "env_overrides";
    }
    checked {
        "git" as Node: "How it uses the repository.";
        "harness" as Node: "What runs its agent.";
        "harness_options" as Node: "Settings of what runs its agent.";
        "harness_preference" as Node: "What should run its agent.";
        "harness_profile" as Node: "A named set of such settings.";
        "harness_profile_override" as Node: "What differs from that set.";
        "permissions" as Vec<At<String>>: "What the token of its agent may do.";
        "resource_refs" as ResourceRefs: "The documents that its agent is given.";
        "retry" as Retry: "How often it is tried.";
        "scope" as Node: "What the token of its agent is for.";
        "toolchains" as Vec<At<String>>: "The tools that its agent finds.";
        "with_apis" as Vec<At<Node>>: "The interfaces of services that its agent finds.";
    }
    unsupported {
        "action": "make it a step of a pipeline; workflows with actions are refused where they are started";
    }
}

impl WorkflowStep {
    /// The values whose texts may speak of inputs and events.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Node> {
        let script = self.script.iter().filter_map(|at| at.value.run.as_ref());
        let commands = script.chain(self.run.iter().map(|at| &at.value)).map(|command| &command.0);
        [&self.agent, &self.prompt, &self.hints].into_iter().flatten().map(|at| &at.value).chain(commands)
    }
}
