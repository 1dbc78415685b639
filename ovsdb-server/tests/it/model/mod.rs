//! What should a server do? A model of it as plain as can be: maps, full scans, and no more than RFC 7047 and ovsdb-server(7) say.

pub(crate) mod client;
pub(crate) mod condition;
pub(crate) mod mutation;
pub(crate) mod settle;
pub(crate) mod value;
pub(crate) mod world;
