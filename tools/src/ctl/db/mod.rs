//! What do the database commands do that every ctl tool has: `get`, `list`, `find`, `set`, ... (ovs-vsctl(8), "Database Commands")?

pub mod record;
pub mod show;
