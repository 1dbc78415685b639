//! Which row does the RECORD argument of a database command name?

/// One way to find rows of a table by a name.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// The table whose rows are looked for.
    pub table: &'static str,
    /// The table that has the name: the same, or one that refers to it.
    pub name_table: &'static str,
    /// The column with the name.
    pub column: &'static str,
    /// If the column is a map, the key whose value is the name.
    pub key: Option<&'static str>,
    /// If `name_table` is another table, its column that refers to the row.
    pub reference: Option<&'static str>,
}
