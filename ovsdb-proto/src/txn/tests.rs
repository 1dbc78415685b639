//! Does a transaction read its own edits, and does it send the fewest operations?
