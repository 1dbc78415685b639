//! Does a line come to its end whatever a server sends?
