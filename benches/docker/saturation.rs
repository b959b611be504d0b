//! How many requests are answered when as many as possible are asked.

use std::time::Duration;

use crate::Failure;
use crate::load::Load;
use crate::role::HOST;
use crate::side_by_side::program::Program;

const CONNECTIONS: u32 = 32;

/// What asks as much as it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saturation {
    /// The program of that name.
    Wrk,
    /// Tasks of this process.
    Tasks,
}

impl Saturation {
    /// `wrk` where it is installed.
    pub(crate) async fn best() -> Self {
        // It ends with 1 for its version, and says it all the same.
        let there = tokio::process::Command::new("wrk").arg("--version").output().await.is_ok();
        if there { Self::Wrk } else { Self::Tasks }
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::Wrk => format!("wrk, {CONNECTIONS} connections"),
            Self::Tasks => format!("tasks of this process, {CONNECTIONS} connections; wrk is not installed"),
        }
    }

    /// The time per request on that port, over so long.
    pub(crate) async fn per_request(self, port: u16, lasting: Duration) -> Result<Duration, Failure> {
        let rate = match self {
            Self::Wrk => by_wrk(port, lasting).await?,
            Self::Tasks => {
                let load = Load { connections: CONNECTIONS, rate: None, lasting };
                let answered = u32::try_from(load.put_on(port).await?.len())?;
                f64::from(answered) / lasting.as_secs_f64()
            }
        };
        Ok(Duration::from_secs_f64(1.0 / rate))
    }
}

async fn by_wrk(port: u16, lasting: Duration) -> Result<f64, Failure> {
    let (connections, lasting) = (CONNECTIONS.to_string(), format!("{}s", lasting.as_secs()));
    // Written in any other way, wrk sends its own beside it.
    let (host, address) = (format!("Host: {HOST}"), format!("http://127.0.0.1:{port}/"));
    let wrk = Program::new("wrk").with(["-t", "1", "-c", &connections, "-d", &lasting, "-H", &host, &address]);
    let told = wrk.output().await?;
    if told.contains("Non-2xx") || told.contains("Socket errors") {
        return Err(format!("`{wrk}` was refused something: {told}").into());
    }
    let rate = told.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(rate.ok_or("wrk tells no rate")?.trim().parse()?)
}
