//! What is written: results to standard output, progress to standard error.

mod answer;
mod canvas;
mod describe;
mod diagnosed;
mod output;
mod screen;

pub(crate) use answer::Answer;
pub(crate) use describe::{fault, finding, grade, health};
pub(crate) use diagnosed::Diagnosed;
pub(crate) use output::Output;
pub(crate) use screen::Screen;
