//! Tests of the generator: on a tricky schema, on the committed bindings, and of the program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod committed;
mod golden;
mod program;
