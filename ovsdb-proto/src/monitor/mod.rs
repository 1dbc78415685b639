//! How changes of rows arrive: the three formats of table updates, walked row by row without building a tree.

mod datum;
mod request;
mod updates;

pub use datum::{AtomRef, DatumRef, MapRef, SetRef, read_atom_ref, read_datum_ref};
pub use request::{MonitorRequest, Select, SinceReply, write_condition};
pub use updates::{RowChange, UpdateFormat, Updates};
