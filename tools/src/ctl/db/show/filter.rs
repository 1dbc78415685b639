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

#[cfg(test)]
mod tests {
    use super::*;

    // pinned against ovs-vsctl 4.0
    #[test]
    fn rules() {
        let check = |rules: &str, table: &str, shown: &str, expect: bool| {
            let filters = Filters::read(&crate::vs::TOOL, rules).unwrap();
            assert_eq!(filters.pass(table, shown), expect, "{rules} {table} {shown}");
        };
        check("", "Open_vSwitch", "x", true);
        check(",", "Open_vSwitch", "x", true);
        check("br0", "Open_vSwitch", "x\n    Bridge br0\n", true);
        check("BR1", "Open_vSwitch", "x\n    Bridge br0\n", false);
        check("br0", "Bridge", "Bridge br1\n", true);
        check("Port(p0|p1)", "Port", "Port p1\n", true);
        check("port(p0),Port(p2)", "Port", "Port p2\n", true);
        check("Port( p0 )", "Port", "Port p0\n", false);
        check("Port()", "Port", "Port p0\n", false);
        check("Port(|p0)", "Port", "Port p1\n", false);
        let fails = |rules: &str, expect: &str| {
            let error = Filters::read(&crate::vs::TOOL, rules).map(|_| ()).map_err(|e| e.message);
            assert_eq!(error, Err(expect.to_owned()), "{rules}");
        };
        fails("Port(", "Malformed filter: missing closing ')'");
        fails("Port(p0)x", "Malformed filter: missing closing ')'");
        fails("Nope(p0)", "unknown table \"Nope\"");
        fails("(p0)", "unknown table \"\"");
    }
}
