//! How values are read and described: shapes for single values, tables of keys for mappings.
//!
//! A shape reads a value from the tree, reporting what is wrong with it, and says what it accepts
//! as JSON Schema. The [`mapping!`] macro makes a shape, a struct and its table of keys from one
//! list, so that nothing is read that is not described, and the other way round.

mod at;
mod list;
mod map;
mod mapping;
mod reader;
mod ruled;
mod scalar;
mod schema;
mod shape;
mod table;
mod words;

pub(crate) use at::At;
pub(crate) use map::{Map, Named};
pub(crate) use mapping::mapping;
pub(crate) use reader::{Dialect, Reader};
pub(crate) use ruled::ruled;
pub(crate) use scalar::{Any, Period, Prose, parsed};
pub(crate) use schema::{Definitions, document, or_variables, part_of};
pub(crate) use shape::Shape;
pub(crate) use table::{Carried, Field, Mapping, Said, Table, Unsaid, Usage, look};
pub(crate) use words::words;
