//! How changes of rows arrive: the three formats of table updates, walked row by row without building a tree.

mod datum;
mod open;
mod request;
mod updates;

pub use datum::{AtomRef, DatumRef, MapRef, SetRef, read_atom_ref, read_datum_ref};
pub use open::{MonitorMethod, Notified, Replied, open_notification, open_reply};
pub use request::{MonitorRequest, Select, SinceReply, write_condition};
pub use updates::{RowChange, UpdateFormat, Updates};
