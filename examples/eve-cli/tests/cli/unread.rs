//! Results that nobody reads.

use std::io::{PipeReader, PipeWriter, Write as _, pipe};

use rustix::process::Signal;

use super::shop::{Shop, eventually};

/// A pipe that takes nothing more, as behind a reader that has stopped to read.
fn full_pipe() -> (PipeReader, PipeWriter) {
    /// What a pipe takes that nobody reads.
    const ROOM: usize = 64 * 1024;

    let (reader, mut writer) = pipe().expect("a pipe can be made");
    writer.write_all(&vec![b'\n'; ROOM]).expect("there is room");
    (reader, writer)
}

#[test]
fn ctrl_c_ends_a_deploy_whose_result_nobody_reads_with_its_exit_code() {
    let shop = Shop::new();
    let (_reader, writer) = full_pipe();
    let mut deploy = shop.hold_writing_to(writer, &["env", "deploy", "sandbox", "-o", "json"]);
    let health = || shop.eve(&["env", "health", "sandbox", "-o", "json"]);
    eventually("it is ready", || health().code == 0 && health().last()["health"]["status"] == "ready");
    deploy.signal(Signal::INT);
    assert_eq!(deploy.exit(), 0);
}
