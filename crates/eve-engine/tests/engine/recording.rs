//! Spans and metrics, by their names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use eve_core::codes;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::bench::{Bench, job, web, with_jobs};

type Fields = BTreeMap<String, String>;

/// Records every span and event.
#[derive(Debug, Clone, Default)]
struct Recorder {
    spans: Arc<Mutex<Vec<(Id, &'static str, Option<&'static str>, Fields)>>>,
    events: Arc<Mutex<Vec<Fields>>>,
}

struct Reader<'a>(&'a mut Fields);

impl Visit for Reader<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::new();
        attributes.record(&mut Reader(&mut fields));
        let parent = context.span(id).and_then(|span| span.parent()).map(|parent| parent.name());
        self.spans.lock().unwrap().push((id.clone(), attributes.metadata().name(), parent, fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        // Ids are used again: the youngest span of an id is the one that is meant.
        if let Some((.., fields)) = self.spans.lock().unwrap().iter_mut().rev().find(|(known, ..)| known == id) {
            values.record(&mut Reader(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::new();
        event.record(&mut Reader(&mut fields));
        self.events.lock().unwrap().push(fields);
    }
}

impl Recorder {
    /// The fields of the spans of a name, in the order in which they began.
    fn spans(&self, name: &str) -> Vec<(Option<&'static str>, Fields)> {
        let spans = self.spans.lock().unwrap();
        let named = spans.iter().filter(|(_, known, ..)| *known == name);
        named.map(|(_, _, parent, fields)| (*parent, fields.clone())).collect()
    }

    /// The events that measure something.
    fn measured(&self, instrument: &str) -> Vec<Fields> {
        self.events.lock().unwrap().iter().filter(|fields| fields.contains_key(instrument)).cloned().collect()
    }
}

#[tokio::test]
async fn spans_and_metrics_have_the_names_of_the_conventions() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    let bench = Bench::new();
    let good = bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))])).await;
    let bad = bench.deploy(web(&["exit", "1"])).await;

    let runs = recorder.spans("cicd.pipeline.run");
    let run = &runs[0].1;
    assert_eq!(run["deployment.environment.name"], "sandbox");
    assert_eq!(run["cicd.pipeline.run.id"], good.run.as_str());
    assert_eq!((run["cicd.pipeline.name"].as_str(), run["cicd.pipeline.result"].as_str()), ("main", "success"));
    assert!(!run.contains_key("error.type"));
    let run = &runs[1].1;
    assert_eq!(run["cicd.pipeline.run.id"], bad.run.as_str());
    assert_eq!(run["cicd.pipeline.result"], "failure");
    assert_eq!(run["error.type"], codes::WORKLOAD_CRASHED.as_str());

    let tasks = recorder.spans("cicd.pipeline.task.run");
    assert!(tasks.iter().all(|(parent, _)| *parent == Some("cicd.pipeline.run")));
    let names: Vec<_> = tasks.iter().map(|(_, task)| task["cicd.pipeline.task.name"].as_str()).collect();
    assert_eq!(names, ["build", "release", "migrate", "deploy", "build", "release", "deploy"]);
    let results: Vec<_> = tasks.iter().map(|(_, task)| task["cicd.pipeline.task.run.result"].as_str()).collect();
    assert_eq!(results, ["success", "success", "success", "success", "success", "success", "failure"]);
    assert_eq!(tasks[6].1["error.type"], codes::WORKLOAD_CRASHED.as_str());
    assert!(recorder.spans("eve.operation").iter().all(|(parent, _)| *parent == Some("cicd.pipeline.task.run")));

    let durations = recorder.measured("histogram.cicd.pipeline.run.duration");
    let results: Vec<_> = durations.iter().map(|fields| fields["cicd.pipeline.result"].as_str()).collect();
    assert_eq!(results, ["success", "failure"]);
    assert_eq!(durations[0]["cicd.pipeline.name"], "main");
    assert_eq!(durations[1]["error.type"], codes::WORKLOAD_CRASHED.as_str());
    let errors = recorder.measured("monotonic_counter.cicd.pipeline.run.errors");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["error.type"], codes::WORKLOAD_CRASHED.as_str());
    let active = recorder.measured("counter.cicd.pipeline.run.active");
    let steps: Vec<_> = active.iter().map(|fields| fields["counter.cicd.pipeline.run.active"].as_str()).collect();
    assert_eq!(steps, ["1", "-1", "1", "-1"]);
}
