//! What does the generic `show` print: a tree of rows, driven by a table of tables?

/// How rows of one table are shown.
#[derive(Clone, Copy, Debug)]
pub struct ShowTable {
    /// The table.
    pub table: &'static str,
    /// The column that names a row; its UUID does if there is none.
    pub name: Option<&'static str>,
    /// The columns shown beneath it; references are shown as rows in turn.
    pub columns: &'static [&'static str],
    /// Rows of another table that refer to this one weakly, shown by name.
    pub weak: Option<WeakRef>,
}

/// Rows of a table that refer to a row shown.
#[derive(Clone, Copy, Debug)]
pub struct WeakRef {
    /// The referring table.
    pub table: &'static str,
    /// Its column with the name.
    pub name: &'static str,
    /// Its column with the reference.
    pub column: &'static str,
}
