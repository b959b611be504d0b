//! Logs of services.

use eve_core::desired::{Restart, Service};
use eve_core::{LogCursor, LogItem, LogOptions, LogSubject, Op, Runtime as _};

use crate::place::{Place, collect, lines, name, service};

fn once(arguments: &[&str]) -> Service {
    let mut service = service(arguments);
    service.restart = Restart::Never;
    service
}

async fn all(place: &Place, how: LogOptions) -> Vec<LogItem> {
    let who = LogSubject::Service(place.env.clone(), name("web"));
    collect(place.runtime.logs(&who, how)).await
}

fn cursor(item: &LogItem) -> LogCursor {
    let LogItem::Line { cursor, .. } = item else { panic!("{item:?} is no line") };
    cursor.clone()
}

#[tokio::test]
async fn following_ends_with_the_instance() {
    let place = Place::open().await;
    place.start(once(&["print", "1000"])).await;
    let items = all(&place, LogOptions::default().with_follow(true)).await;
    let wanted: Vec<_> = (1..=1000).map(|i| format!("line {i}")).collect();
    assert_eq!(lines(&items), wanted);
    assert!(matches!(items.last(), Some(LogItem::Ended { .. })));
}

#[tokio::test]
async fn a_line_after_a_cursor_is_not_repeated() {
    let place = Place::open().await;
    place.start(once(&["print", "10"])).await;
    let items = all(&place, LogOptions::default().with_follow(true)).await;
    let after = LogOptions::default().with_after(items[3].source().clone(), cursor(&items[3]));
    assert_eq!(lines(&all(&place, after).await), (5..=10).map(|i| format!("line {i}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_last_lines_can_be_asked_for() {
    let place = Place::open().await;
    place.start(once(&["print", "10"])).await;
    all(&place, LogOptions::default().with_follow(true)).await;
    assert_eq!(lines(&all(&place, LogOptions::default().with_tail(2)).await), ["line 9", "line 10"]);
}

#[tokio::test]
async fn lines_that_were_rotated_away_leave_a_gap() {
    let place = Place::with(|config| config.with_log_rotation(1000, 3)).await;
    place.start(once(&["print", "500"])).await;
    let complete = all(&place, LogOptions::default().with_follow(true)).await;
    assert!(matches!(complete.last(), Some(LogItem::Ended { .. })));
    let items = all(&place, LogOptions::default()).await;
    assert!(matches!(&items[0], LogItem::Gap { after: None, .. }), "{:?}", items[0]);
    let kept = lines(&items);
    assert_eq!(kept.last().unwrap(), "line 500");
    assert!(!kept.is_empty() && kept.len() < 500);
    let first: usize = kept[0].strip_prefix("line ").unwrap().parse().unwrap();
    assert_eq!(kept, (first..=500).map(|i| format!("line {i}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn logs_outlive_the_instance_for_a_bounded_number() {
    let place = Place::with(|config| config.with_keep_ended(2)).await;
    for round in ["a", "b", "c"] {
        let object = place.start(once(&["say", round])).await;
        all(&place, LogOptions::default().with_follow(true)).await;
        place.perform(&Op::delete(&object, "a test")).await.unwrap();
    }
    assert_eq!(lines(&all(&place, LogOptions::default()).await), ["b", "c"]);
}

#[tokio::test]
async fn reading_what_runs_on_ends_at_what_is_there() {
    let place = Place::open().await;
    place.start(service(&["wait"])).await;
    assert!(all(&place, LogOptions::default()).await.is_empty());
}
