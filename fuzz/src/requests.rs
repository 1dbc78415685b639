//! Which requests do the bytes of an input stand for: the generator of the server's own tests, making the choices that the bytes say.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared with the tests of ovsdb-server, where a failure is a panic; it panics for no choices, which the seeds of those tests show"
)]

#[path = "../../ovsdb-server/tests/it/random/generate.rs"]
mod generate;
#[path = "../../ovsdb-server/tests/it/random/schema.rs"]
mod schema;
#[path = "../../ovsdb-server/tests/it/random/source.rs"]
mod source;
#[path = "../../ovsdb-server/tests/it/random/values.rs"]
mod values;

pub(crate) use generate::{Generator, Without};
pub(crate) use schema::SCHEMA;
use source::Source;

/// Bytes that are choices. When they are used up, it is always the first that is chosen.
pub(crate) struct Choices<'a>(pub(crate) &'a [u8]);

impl Source for Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(first) % n
    }
}
