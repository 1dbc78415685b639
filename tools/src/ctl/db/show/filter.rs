//! Which rows does `show --filter` leave out?

use crate::ctl::context::ToolDef;
use crate::ctl::db::names::DbTable;
use crate::ctl::error::CtlError;

/// For each table with rules, the texts of which one must be in what is shown of a row, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Filters<'a>(Vec<(&'a str, Vec<String>)>);

impl Filters<'static> {
    /// Reads `RULE[,RULE]...`, each `TEXT[|TEXT]...`, about the rows at the top, or `TABLE(TEXT[|TEXT]...)`.
    ///
    /// # Errors
    /// There is no such table, or a parenthesis is not closed.
    pub(super) fn read(def: &ToolDef, text: &str) -> Result<Filters<'static>, CtlError> {
        let mut filters = Filters::default();
        for rule in text.split(',').filter(|rule| !rule.is_empty()) {
            let (table, texts) = match rule.split_once('(') {
                None => (def.show.first().map_or("", |top| top.table), rule),
                Some((table, rest)) => {
                    let texts = rest
                        .strip_suffix(')')
                        .ok_or_else(|| CtlError::command("Malformed filter: missing closing ')'"))?;
                    (DbTable::named((def.schema)(), table)?.name(), texts)
                }
            };
            let texts = texts.split('|').filter(|text| !text.is_empty()).map(str::to_lowercase);
            match filters.0.iter_mut().find(|f| f.0 == table) {
                Some((_, known)) => known.extend(texts),
                None => filters.0.push((table, texts.collect())),
            }
        }
        Ok(filters)
    }
}

impl Filters<'_> {
    /// Whether there are rules for this table.
    pub(super) fn concern(&self, table: &str) -> bool {
        self.0.iter().any(|f| f.0 == table)
    }

    /// Whether a row of this table is shown, of which `shown` would be printed.
    pub(super) fn pass(&self, table: &str, shown: &str) -> bool {
        let shown = shown.to_lowercase();
        let of_table = self.0.iter().find(|f| f.0 == table);
        of_table.is_none_or(|(_, texts)| texts.iter().any(|text| shown.contains(text)))
    }
}
