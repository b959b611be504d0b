//! A supervisor that holds toys, and engines that play with them: what the tests start.
//!
//! - `toys engine DIR REQUEST`: starts the supervisor if none runs, prints its process id, asks the
//!   toys and prints the answer;
//! - `toys terminal DIR TERMINAL`: the same on a terminal of its own, then waits;
//! - `toys stranger SOCKET`: says hello and prints what it is told.

#[cfg(unix)]
mod ask;
#[cfg(unix)]
mod engine;
#[cfg(unix)]
mod toys;

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(dir) = eve_supervisor::mode(std::env::args_os()) {
        std::process::exit(eve_supervisor::run(dir, toys::parts).into());
    }
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["engine", dir, request] => engine::ask(dir, request),
        ["terminal", dir, terminal] => engine::on_terminal(dir, terminal),
        ["stranger", socket] => engine::stranger(socket),
        _ => Err("toys engine DIR REQUEST | terminal DIR TERMINAL | stranger SOCKET".into()),
    }
}

#[cfg(not(unix))]
fn main() {}
