//! What the ctl tools share, and each tool's commands.
