//! Do the database commands do over a snapshot what the C tools do?
