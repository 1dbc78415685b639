//! How is a conversation with a server begun and kept: from the text of a remote to a database that answers.

pub mod remote;
