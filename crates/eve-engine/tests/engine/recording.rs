//! Spans and metrics, by their names.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use eve_core::{RunId, codes};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::bench::{Bench, job, web, with_jobs};

type Fields = BTreeMap<String, String>;

/// The run that a span is part of.
struct Run(String);

#[derive(Debug)]
struct Span {
    id: Id,
    run: String,
    name: &'static str,
    parent: Option<&'static str>,
    fields: Fields,
}

/// Records the spans and events of every run of this process: it is the one subscriber of all tests
/// here, since a subscriber of one thread alone would share its call sites with them.
#[derive(Debug, Clone, Default)]
struct Recorder {
    spans: Arc<Mutex<Vec<Span>>>,
    events: Arc<Mutex<Vec<(String, Fields)>>>,
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
        let Some(span) = context.span(id) else { return };
        let run =
            fields.get("cicd.pipeline.run.id").cloned().or_else(|| span.parent().and_then(|above| run_of(&above)));
        let Some(run) = run else { return };
        span.extensions_mut().insert(Run(run.clone()));
        let (id, name, parent) = (id.clone(), span.name(), span.parent().map(|parent| parent.name()));
        self.spans.lock().unwrap().push(Span { id, run, name, parent, fields });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        // Ids are used again: the youngest span of an id is the one that is meant.
        if let Some(span) = self.spans.lock().unwrap().iter_mut().rev().find(|span| span.id == *id) {
            values.record(&mut Reader(&mut span.fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(run) = context.event_span(event).and_then(|span| run_of(&span)) else { return };
        let mut fields = Fields::new();
        event.record(&mut Reader(&mut fields));
        self.events.lock().unwrap().push((run, fields));
    }
}

fn run_of<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<String> {
    span.extensions().get::<Run>().map(|run| run.0.clone())
}

impl Recorder {
    /// The spans of a name in a run, each with its parent's name, in the order in which they began.
    fn spans(&self, run: &RunId, name: &str) -> Vec<(Option<&'static str>, Fields)> {
        let spans = self.spans.lock().unwrap();
        let named = spans.iter().filter(|span| span.run == run.as_str() && span.name == name);
        named.map(|span| (span.parent, span.fields.clone())).collect()
    }

    /// What an instrument was told in a run.
    fn measured(&self, run: &RunId, instrument: &str) -> Vec<Fields> {
        let events = self.events.lock().unwrap();
        let told = events.iter().filter(|(of, fields)| of == run.as_str() && fields.contains_key(instrument));
        told.map(|(_, fields)| fields.clone()).collect()
    }
}

#[tokio::test]
async fn spans_and_metrics_have_the_names_of_the_conventions() {
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(recorder.clone())).unwrap();
    let bench = Bench::new();
    let good = bench.succeed(with_jobs(web(&["serve"]), &[("migrate", job(&["print", "x"]))])).await.run;
    let bad = bench.deploy(web(&["exit", "1"])).await.run;
    let crashed = codes::WORKLOAD_CRASHED;

    let run = &recorder.spans(&good, "cicd.pipeline.run")[0].1;
    assert_eq!(run["deployment.environment.name"], "sandbox");
    assert_eq!((run["cicd.pipeline.name"].as_str(), run["cicd.pipeline.result"].as_str()), ("main", "success"));
    assert!(!run.contains_key("error.type"));
    let run = &recorder.spans(&bad, "cicd.pipeline.run")[0].1;
    assert_eq!((run["cicd.pipeline.result"].as_str(), run["error.type"].as_str()), ("failure", crashed.as_str()));

    let tasks = |run| {
        let tasks = recorder.spans(run, "cicd.pipeline.task.run");
        assert!(tasks.iter().all(|(parent, _)| *parent == Some("cicd.pipeline.run")));
        let named = |(_, task): (_, Fields)| {
            format!("{} {}", task["cicd.pipeline.task.name"], task["cicd.pipeline.task.run.result"])
        };
        tasks.into_iter().map(named).collect::<Vec<_>>()
    };
    assert_eq!(tasks(&good), ["build success", "release success", "migrate success", "deploy success"]);
    assert_eq!(tasks(&bad), ["build success", "release success", "deploy failure"]);
    let failed = &recorder.spans(&bad, "cicd.pipeline.task.run")[2].1;
    assert_eq!(failed["error.type"], crashed.as_str());
    let operations = recorder.spans(&good, "eve.operation");
    assert!(operations.len() >= 5 && operations.iter().all(|(parent, _)| *parent == Some("cicd.pipeline.task.run")));

    let duration = "histogram.cicd.pipeline.run.duration";
    let told = &recorder.measured(&good, duration)[0];
    assert!(told[duration].parse::<f64>().unwrap() >= 0.0);
    assert_eq!((told["cicd.pipeline.name"].as_str(), told["cicd.pipeline.result"].as_str()), ("main", "success"));
    let told = &recorder.measured(&bad, duration)[0];
    assert_eq!((told["cicd.pipeline.result"].as_str(), told["error.type"].as_str()), ("failure", crashed.as_str()));

    let errors = "monotonic_counter.cicd.pipeline.run.errors";
    assert!(recorder.measured(&good, errors).is_empty());
    let told = recorder.measured(&bad, errors);
    assert_eq!((told.len(), told[0]["error.type"].as_str()), (1, crashed.as_str()));
    let active = "counter.cicd.pipeline.run.active";
    for run in [&good, &bad] {
        let told = recorder.measured(run, active);
        assert_eq!(told.iter().map(|fields| fields[active].as_str()).collect::<Vec<_>>(), ["1", "-1"]);
    }
}
