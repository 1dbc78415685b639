//! Which differences from the C tools are meant, and why?
//!
//! `tests/cases/on-purpose.txt` has lines of four fields, `RELEASE | CASE | WHAT | REASON`. RELEASE is `23.03`, `26.03`,
//! `20.12` (for databases with that schema) or `all`; CASE is matched against the case as written, `*` standing for
//! anything; WHAT is one of
//!
//! - `as 26.03`: ours does what the tool of 26.03 does to the same database, which is checked;
//! - `stderr without TEXT`: lines of stderr that contain TEXT are not compared;
//! - `any stdout`: what is printed there is not compared;
//! - `any stderr`: nor there, but for whether anything is;
//! - `stderr saying TEXT`: the same, if it is TEXT that ours says;
//! - `any comment`: the comments of transactions are not compared;
//! - `anything`: nothing is compared, as where the C tool is at fault.

use std::path::Path;

/// What may differ.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Allowed {
    AsNewest,
    StderrWithout(String),
    StderrSaying(String),
    AnyStdout,
    AnyStderr,
    AnyComment,
    Anything,
}

/// The entries that concern one release.
pub(crate) struct OnPurpose(Vec<(String, Allowed)>);

impl Allowed {
    /// What of a text on stderr is compared, if `ours` is what our tool says there.
    pub(crate) fn filter_stderr(&self, text: &str, ours: &str) -> String {
        let something = |text: &str| if text.is_empty() { "nothing" } else { "something" }.to_owned();
        match self {
            Allowed::StderrSaying(part) if ours.contains(part) => something(text),
            Allowed::StderrWithout(part) => {
                text.split_inclusive('\n').filter(|line| !line.contains(part)).collect()
            }
            Allowed::AnyStderr => something(text),
            _ => text.to_owned(),
        }
    }
}

impl OnPurpose {
    pub(crate) fn read(release: &str, old_schemas: bool) -> OnPurpose {
        OnPurpose::read_from("on-purpose.txt", release, old_schemas)
    }

    /// The same, from another file of `tests/cases`.
    pub(crate) fn read_from(file: &str, release: &str, old_schemas: bool) -> OnPurpose {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let mut entries = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let fields: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
            let [of, case, what, reason] = fields[..] else { panic!("{file}: not four fields: {line}") };
            assert!(!reason.is_empty(), "{file}: no reason: {line}");
            let allowed = match what {
                "as 26.03" => Allowed::AsNewest,
                "any stdout" => Allowed::AnyStdout,
                "any stderr" => Allowed::AnyStderr,
                "any comment" => Allowed::AnyComment,
                "anything" => Allowed::Anything,
                _ => match (what.strip_prefix("stderr without "), what.strip_prefix("stderr saying ")) {
                    (Some(part), _) => Allowed::StderrWithout(part.to_owned()),
                    (_, Some(part)) => Allowed::StderrSaying(part.to_owned()),
                    _ => panic!("{file}: not understood: {what}"),
                },
            };
            if of == "all" || of == release || (of == "20.12" && old_schemas) {
                entries.push((case.to_owned(), allowed));
            }
        }
        OnPurpose(entries)
    }

    /// What may differ in a case.
    pub(crate) fn of(&self, case: &str) -> Vec<Allowed> {
        self.0
            .iter()
            .filter(|(pattern, _)| matches(pattern, case))
            .map(|(_, allowed)| allowed.clone())
            .collect()
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}

#[test]
fn stars_match_anything() {
    assert!(matches("nbctl *show*", "nbctl --oneline show sw0"));
    assert!(matches("*", ""));
    assert!(!matches("nbctl show", "nbctl show sw0"));
    assert!(!matches("a*b", "ac"));
}
