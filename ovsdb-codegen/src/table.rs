//! How one table becomes a file: marker type, column handles, view, enums.

use crate::layout;
use crate::names::{ColumnNames, Names, TableNames};
use crate::prose::{self, ColumnText};
use crate::value_type::{names_word, value_type};
use crate::{MARK, Options, enums};
use ovsdb_proto::schema::{BaseType, ColumnSchema, DatabaseSchema, TableSchema};

/// One column with all that is said of it.
struct Column<'a> {
    schema: &'a ColumnSchema,
    names: &'a ColumnNames,
    rust: String,
}

/// The file of one table.
pub(crate) fn table(
    schema: &DatabaseSchema,
    table: &TableSchema,
    table_names: &TableNames,
    names: &Names,
    options: &Options,
) -> String {
    let columns: Vec<Column<'_>> = table
        .columns()
        .iter()
        .skip(2)
        .zip(&table_names.columns)
        .map(|(column, n)| Column {
            schema: column,
            names: n,
            rust: value_type(schema, names, n, &column.type_),
        })
        .collect();
    let type_ = &table_names.type_;
    let mut out = format!(
        "//! Table {}: its columns, one row of it, and the values that its columns list\n\
         //! {MARK} from {} {}; do not edit).\n\n",
        table.name, schema.name, schema.version
    );
    imports(&mut out, options.width, table_names, names, &columns);
    out.push('\n');
    layout::doc(&mut out, 0, options.width, &prose::table(table));
    out.push_str(&format!(
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub struct {type_};\n\n\
         impl Table for {type_} {{\n    const NAME: &'static str = \"{}\";\n}}\n\nimpl {type_} {{\n",
        table.name
    ));
    for column in &columns {
        let (names, column_names, rust) = (names, column.names, column.rust.as_str());
        let text = ColumnText { schema, names, table, column: column.schema, column_names, rust }.text();
        layout::doc(&mut out, 4, options.width, &text);
        handle(&mut out, options.width, type_, column);
        out.push('\n');
    }
    view(&mut out, options.width, table, table_names, &columns);
    for column in &columns {
        let key = (&column.schema.type_.key, &column.names.key, "values");
        let value = column.schema.type_.value.as_ref().map(|v| (v, &column.names.value, "values"));
        let keys = if value.is_some() { (key.0, key.1, "keys") } else { key };
        for (base, name, what) in std::iter::once(keys).chain(value) {
            listed(&mut out, options.width, (table, column.schema), base, name.as_deref(), what);
        }
    }
    out
}

fn listed(
    out: &mut String,
    width: usize,
    (table, column): (&TableSchema, &ColumnSchema),
    base: &BaseType,
    name: Option<&str>,
    what: &str,
) {
    if let (Some(name), Some(atoms)) = (name, &base.allowed) {
        let about = format!(
            "The {what} that the schema lists for column `{}` of table `{}`.",
            column.name, table.name
        );
        out.push('\n');
        enums::enumeration(out, width, name, &about, atoms);
    }
}

fn imports(out: &mut String, width: usize, own: &TableNames, names: &Names, columns: &[Column<'_>]) {
    let used = |word: &str| columns.iter().any(|c| names_word(&c.rust, word));
    let has_enums = columns.iter().any(|c| c.names.key.is_some() || c.names.value.is_some());
    let others = names.tables.iter().map(|t| t.type_.as_str());
    layout::import(out, width, "super", others.filter(|t| *t != own.type_ && used(t)).collect());
    let mut row = vec!["Column", "ReadError", "Ref", "Source", "Table", "View"];
    row.extend(has_enums.then_some("AtomValue"));
    layout::import(out, width, "ovsdb_proto::row", row);
    let mut value = Vec::new();
    value.extend(has_enums.then_some(["Atom", "AtomType"]).into_iter().flatten());
    value.extend(["Datum", "Uuid"].into_iter().filter(|w| used(w)));
    layout::import(out, width, "ovsdb_proto::value", value);
    if used("BTreeMap") {
        out.push_str("use std::collections::BTreeMap;\n");
    }
    out.push_str("use std::ops::Deref;\n");
}

fn handle(out: &mut String, width: usize, type_: &str, column: &Column<'_>) {
    let (name, rust) = (&column.names.handle, &column.rust);
    let start = format!("    pub const {name}: Column<{type_}, {rust}> =");
    let value = format!("Column::new(\"{}\");\n", column.schema.name);
    if start.len() + value.len() <= width {
        out.push_str(&format!("{start} {value}"));
    } else if start.len() <= width {
        out.push_str(&format!("{start}\n        {value}"));
    } else {
        out.push_str(&format!(
            "    pub const {name}: Column<\n        {type_},\n        {rust},\n    > = {value}"
        ));
    }
}

fn view(out: &mut String, width: usize, table: &TableSchema, names: &TableNames, columns: &[Column<'_>]) {
    let (type_, view) = (&names.type_, &names.view);
    out.push_str("    /// The row of this table as `source` has it.\n");
    let signature = format!("    pub fn view(source: &dyn Source, row: Ref<{type_}>) -> {view}<'_> {{\n");
    if signature.len() <= width + 1 {
        out.push_str(&signature);
    } else {
        out.push_str(&format!(
            "    pub fn view(\n        source: &dyn Source,\n        row: Ref<{type_}>,\n    ) -> {view}<'_> {{\n"
        ));
    }
    out.push_str(&format!("        {view}(View::new(source, row))\n    }}\n}}\n\n"));
    layout::doc(
        out,
        0,
        width,
        &format!("One row of table `{}`. Methods fail as [`View::get`] does.", table.name),
    );
    let whole = format!("pub struct {view}<'a>(View<'a, {type_}>);\n");
    if whole.len() <= width + 1 {
        out.push_str(&whole);
    } else {
        out.push_str(&format!("pub struct {view}<'a>(\n    View<'a, {type_}>,\n);\n"));
    }
    out.push_str(&format!(
        "\nimpl<'a> Deref for {view}<'a> {{\n    type Target = View<'a, {type_}>;\n\n    \
         fn deref(&self) -> &View<'a, {type_}> {{\n        &self.0\n    }}\n}}\n\nimpl {view}<'_> {{\n"
    ));
    for (i, column) in columns.iter().enumerate() {
        let (method, handle, rust) = (&column.names.method, &column.names.handle, &column.rust);
        if i > 0 {
            out.push('\n');
        }
        layout::doc(out, 4, width, &format!("The value of [`{type_}::{handle}`]."));
        let signature = format!("    pub fn {method}(&self) -> Result<{rust}, ReadError> {{\n");
        if signature.len() <= width + 1 {
            out.push_str(&signature);
        } else {
            out.push_str(&format!(
                "    pub fn {method}(\n        &self,\n    ) -> Result<{rust}, ReadError> {{\n"
            ));
        }
        out.push_str(&format!("        self.get({type_}::{handle})\n    }}\n"));
    }
    out.push_str("}\n");
}
