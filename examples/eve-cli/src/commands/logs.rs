//! `env logs`.

use eve::{EnvironmentId, Error, LogItem, LogOptions, LogSubject, Reader, RunRecord, ServiceName, codes};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::history::{known, services};
use crate::app::App;
use crate::args::LogsArgs;
use crate::failure::Failure;
use crate::interrupts::Interrupts;
use crate::writing::Answer;

/// Shows what services wrote, those that ended among them.
pub(crate) async fn logs(app: &App, args: &LogsArgs) -> Result<Answer, Failure> {
    let place = app.place()?;
    let id = place.environment(&args.env)?;
    let reader = app.reader(&place).await?;
    let runs = known(reader.engine(), &id).await?;
    let wanted = wanted(args, &runs, &id)?;
    let lines = if args.follow {
        let mut interrupts = Interrupts::listen()?;
        tokio::select! {
            lines = show(app, &reader, &id, &wanted, args) => lines?,
            () = interrupts.next() => return Ok(Answer::ok("").with("environment", id.to_string())),
        }
    } else {
        show(app, &reader, &id, &wanted, args).await?
    };
    Ok(Answer::ok("").with("environment", id.to_string()).with("lines", lines))
}

/// The services that are asked for, each of which must have been wanted at some time.
fn wanted(args: &LogsArgs, runs: &[RunRecord], id: &EnvironmentId) -> Result<Vec<ServiceName>, Error> {
    let all = services(runs, id);
    if let Some(unknown) = args.services.iter().find(|name| !all.contains(*name)) {
        let names: Vec<_> = all.iter().map(ServiceName::as_str).collect();
        let text = format!("{id} never had a service named {unknown}");
        return Err(Error::not_found(codes::SERVICE_UNKNOWN, text).with_hint(format!("known: {}", names.join(", "))));
    }
    Ok(if args.services.is_empty() { all.into_iter().collect() } else { args.services.clone() })
}

async fn show(
    app: &App,
    reader: &Reader,
    id: &EnvironmentId,
    wanted: &[ServiceName],
    args: &LogsArgs,
) -> Result<u64, Error> {
    let mut how = LogOptions::default().with_follow(args.follow);
    how.tail = args.tail;
    let of =
        |service: &ServiceName| reader.engine().logs(&LogSubject::Service(id.clone(), service.clone()), how.clone());
    let streams: Vec<_> = wanted.iter().map(of).collect();
    let mut items =
        if args.follow { stream::select_all(streams).boxed() } else { stream::iter(streams).flatten().boxed() };
    let mut lines = 0;
    while let Some(item) = items.next().await {
        let item = item?;
        lines += u64::from(matches!(item, LogItem::Line { .. }));
        if !app.output.part(|| object(&item), || text(&item)) {
            break;
        }
    }
    Ok(lines)
}

fn object(item: &LogItem) -> Value {
    match item {
        LogItem::Line { source, cursor, at, bytes } => json!({
            "source": source, "cursor": cursor, "at": at.to_string(), "line": String::from_utf8_lossy(bytes),
        }),
        LogItem::Gap { source, after, cause } => json!({ "source": source, "gap": cause, "after": after }),
        LogItem::Ended { source, exit } => json!({ "source": source, "ended": exit }),
        other => json!({ "source": other.source() }),
    }
}

fn text(item: &LogItem) -> Vec<u8> {
    let mut out = format!("{} | ", item.source()).into_bytes();
    match item {
        LogItem::Line { bytes, .. } => out.extend_from_slice(bytes),
        LogItem::Gap { cause, .. } => out.extend_from_slice(format!("[lines are missing: {cause}]").as_bytes()),
        LogItem::Ended { exit, .. } => out.extend_from_slice(format!("[ended: {exit}]").as_bytes()),
        _ => {}
    }
    out
}
