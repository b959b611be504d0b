//! What starts a pipeline by itself.

use eve_core::{PipelineName, PullRequestAction, Trigger};

use crate::grammar::At;
use crate::language::{self, Github, GithubEvent, PullRequestWord};

/// The trigger. None if it cannot be read, or is for others alone.
pub(super) fn lower(written: &language::Trigger) -> Option<Trigger> {
    let text = |at: &Option<At<String>>| at.as_ref().map(|at| at.value.clone());
    if let Some(github) = &written.github {
        return of_github(&github.value);
    }
    if let Some(system) = &written.system {
        let pipeline = system.value.pipeline.as_ref().and_then(|at| PipelineName::new(&*at.value).ok());
        return Some(Trigger::System { event: text(&system.value.event)?, pipeline });
    }
    if let Some(cron) = &written.cron {
        return Some(Trigger::Schedule { at: cron.value.schedule.as_ref()?.value.clone() });
    }
    if let Some(app) = &written.app {
        return Some(Trigger::Event { source: "app".to_owned(), kind: Some(text(&app.value.event)?) });
    }
    if let Some(link) = &written.app_link {
        let source = format!("app_link.{}", text(&link.value.alias)?);
        return Some(Trigger::Event { source, kind: text(&link.value.kind) });
    }
    if let Some(event) = &written.event {
        return Some(Trigger::Event { source: text(&event.value.source)?, kind: text(&event.value.kind) });
    }
    written.manual.as_ref().map(|_| Trigger::Manual)
}

fn of_github(github: &Github) -> Option<Trigger> {
    Some(match github.event.as_ref()?.value {
        GithubEvent::Push => Trigger::Push { branch: github.branch.as_ref().map(|at| at.value.clone()) },
        GithubEvent::PullRequest => {
            let actions = github.action.iter().flat_map(|at| &at.value.0).map(|at| action(at.value)).collect();
            Trigger::PullRequest { actions, base: github.base_branch.as_ref().map(|at| at.value.clone()) }
        }
    })
}

fn action(word: PullRequestWord) -> PullRequestAction {
    match word {
        PullRequestWord::Opened => PullRequestAction::Opened,
        PullRequestWord::Synchronize => PullRequestAction::Synchronize,
        PullRequestWord::Reopened => PullRequestAction::Reopened,
        PullRequestWord::Closed => PullRequestAction::Closed,
    }
}
