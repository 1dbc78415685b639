//! The OVSDB protocol (RFC 7047 and the Open vSwitch extensions).

pub mod limits;
pub mod op;
pub mod row;
pub mod schema;
pub mod value;
