//! Do the operations on switch ports do what the C tool does, over whole and over partial snapshots?
use super::*;
#[test]
fn x() {}
