//! `recover`: what can be read of a damaged database, as a report and as a new file.

use super::report::STATUS_NO;
use super::run::Session;
use super::schema;
use crate::ctl::doc::OVS_RELEASE;
use crate::ctl::error::CtlError;
use crate::ctl::exit;
use crate::ctl::raw;
use crate::ctl::vlog::format_utc;
use ovsdb_server::storage::{self, Loss, OpenOptions, Recovered};
use std::time::{Duration, UNIX_EPOCH};

/// How many rows that may lack columns are listed without `-m`.
const ROWS_SHOWN: usize = 10;

impl Session {
    /// `recover`: the database itself is never changed. Without a target nothing is written, and
    /// exit status 2 tells that something would be lost.
    pub(super) fn recover(
        &self,
        path: &str,
        target: Option<&str>,
        schema: Option<&str>,
        more: usize,
    ) -> Result<(), CtlError> {
        let schema = schema.map(schema::read).transpose()?;
        let recovered =
            storage::recover(&raw::path(path), schema).map_err(|error| self.storage(path, &error))?;
        let mut report = report(path, &recovered, more);
        let Some(target) = target else {
            report += "nothing was written, since no TARGET was given\n";
            exit::print(report.as_bytes())?;
            let whole = recovered.losses.is_empty();
            return if whole { Ok(()) } else { Err(CtlError::silent(STATUS_NO)) };
        };
        let comment = format!("recovered by ovsdb-tool {OVS_RELEASE}");
        self.write_new(target, &recovered.database, &comment, OpenOptions::default())?;
        report += &format!("written to {target}\n");
        exit::print(report.as_bytes())
    }
}

fn report(path: &str, recovered: &Recovered, more: usize) -> String {
    let mut out = String::new();
    let (mut lost, mut left_out) = (0, 0u64);
    for loss in &recovered.losses {
        match loss {
            Loss::Unreadable { offset, length, problem } => {
                lost += length;
                out += &format!("{path}: offset {offset}: {length} bytes lost: {problem}\n");
            }
            Loss::LeftOut { offset, date_ms, comment, why } => {
                left_out += 1;
                out += &format!("{path}: offset {offset}: transaction left out: {why}");
                let date = date_ms.and_then(|date| u64::try_from(date).ok()).map(date);
                let about: Vec<String> =
                    date.into_iter().chain(comment.as_ref().map(|text| format!("{text:?}"))).collect();
                if !about.is_empty() {
                    out += &format!(" ({})", about.join(", "));
                }
                out.push('\n');
            }
            _ => out += &format!("{path}: {loss:?}\n"),
        }
    }
    let database = &recovered.database;
    let tables = database.schema().tables();
    let name =
        |id: ovsdb_proto::schema::TableId| tables.get(usize::from(id.0)).map_or("", |table| &table.name);
    let uncertain = recovered.uncertain.len();
    if uncertain > 0 {
        out += &format!("{path}: rows first seen behind a loss, which may lack columns: {uncertain}\n");
        let shown = if more > 0 { uncertain } else { ROWS_SHOWN };
        for (table, uuid) in recovered.uncertain.iter().take(shown) {
            out += &format!("  {} {uuid}\n", name(*table));
        }
        if uncertain > shown {
            out += "  ... (-m shows all)\n";
        }
    }
    let rows: usize =
        (0..).map(ovsdb_proto::schema::TableId).zip(tables).map(|(id, _)| database.len(id)).sum();
    out += &format!(
        "{path}: {} transactions kept with {rows} rows, {left_out} left out, {lost} bytes lost\n",
        recovered.kept
    );
    out
}

fn date(ms: u64) -> String {
    format_utc(UNIX_EPOCH + Duration::from_millis(ms), "%Y-%m-%d %H:%M:%S.###")
}
