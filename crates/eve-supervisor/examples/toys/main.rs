//! A supervisor that holds toys, and engines that play with them: what the tests start.
//!
//! - `toys engine DIR REQUEST`: starts the supervisor if none runs, prints its process id, asks the
//!   toys and prints the answer;
//! - `toys restricted DIR`: starts the supervisor under limits that nobody wants, and prints its
//!   process id;
//! - `toys terminal DIR TERMINAL`: the same on a terminal of its own, then waits;
//! - `toys stranger SOCKET`: says hello and prints what it is told.
//!
//! For a state directory named `hookless` it forgets to become the supervisor.

#[cfg(unix)]
mod ask;
#[cfg(unix)]
mod engine;
#[cfg(unix)]
mod toys;

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(dir) = eve_supervisor::mode(std::env::args_os()).filter(|dir| !dir.ends_with("hookless")) {
        std::process::exit(eve_supervisor::run(dir, toys::parts).into());
    }
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [eve_supervisor::MODE_ARGUMENT, dir] => engine::ask(dir, "\"marks\""),
        ["restricted", dir] => engine::restricted(dir),
        ["engine", dir, request] => engine::ask(dir, request),
        ["terminal", dir, terminal] => engine::on_terminal(dir, terminal),
        ["stranger", socket] => engine::stranger(socket),
        _ => Err("toys engine DIR REQUEST | restricted DIR | terminal DIR TERMINAL | stranger SOCKET".into()),
    }
}

#[cfg(not(unix))]
fn main() {}
