//! Commands in memory.

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::runtime::MemoryRuntime;
use crate::{Error, Exec, ExecItem, ExecOptions, ExecSpec, Exit, Result, codes};

impl Exec for MemoryRuntime {
    fn exec(&self, what: &ExecSpec, mut how: ExecOptions) -> BoxStream<'static, Result<ExecItem>> {
        let input = how.input.take().unwrap_or_else(|| stream::empty().boxed());
        let items = match self.run(what, input) {
            Ok(items) => items,
            Err(error) => stream::iter([Err(error)]).boxed(),
        };
        how.limit(items)
    }
}

impl MemoryRuntime {
    fn run(&self, what: &ExecSpec, input: BoxStream<'static, Bytes>) -> Result<BoxStream<'static, Result<ExecItem>>> {
        if !self.runs(what) {
            let text = format!("no instance of {} runs in {}", what.service, what.environment);
            return Err(Error::not_found(codes::INSTANCE_UNKNOWN, text));
        }
        let words: Vec<&str> = what.argv.iter().map(String::as_str).collect();
        match words[..] {
            ["copy", code] => {
                let exit = Exit::Code(code.parse().unwrap_or_default());
                let last = [ExecItem::Stderr(Bytes::from_static(b"done\n")), ExecItem::Ended { exit }];
                Ok(input.map(ExecItem::Stdout).chain(stream::iter(last)).map(Ok).boxed())
            }
            ["hang"] => Ok(stream::pending().boxed()),
            _ => {
                let text = format!("there is no program {:?}", words.first().copied().unwrap_or_default());
                Err(Error::failed(codes::WORKLOAD_CANNOT_START, text))
            }
        }
    }
}
