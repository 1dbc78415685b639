//! What the ctl tools share, and each tool's commands.

pub mod ctl;
