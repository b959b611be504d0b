//! How fast a manifest is read and resolved, beside the bare events of its parser in the same run; and how soon, and in
//! how little memory, text that means harm is refused.
//!
//! `cargo bench -p eve-manifest [-- [FILE] [--smoke]]`
//!
//! A file takes the place of the made ones. A smoke tries everything once. A figure is no assertion: only what breaks is
//! a failure.

mod bomb;
mod compose_file;
mod peak;
mod table;
mod work;

use std::process::ExitCode;

use bomb::Bomb;
use compose_file::compose_file;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// That of the command line, for both sides.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each side has its turn, and how often in a smoke.
const ROUNDS: (usize, usize) = (41, 1);

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("language: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: impl Iterator<Item = String>) -> Result {
    let words: Vec<String> = words.collect();
    if let [flag, name] = &*words
        && flag == peak::FLAG
    {
        return Bomb::named(name)?.go_off();
    }
    let smoke = words.iter().any(|word| word == "--smoke");
    let rounds = if smoke { ROUNDS.1 } else { ROUNDS.0 };
    // Cargo adds `--bench`.
    if let Some(file) = words.iter().find(|word| !word.starts_with('-')) {
        let text = std::fs::read_to_string(file)?;
        return table::speed([(file.as_str(), text)], rounds);
    }
    let sizes: &[usize] = if smoke { &[1, 10] } else { &[1, 100, 1_000, 10_000] };
    table::speed(sizes.iter().map(|services| (format!("{services} services"), compose_file(*services))), rounds)?;
    table::bombs()
}
