//! What do the case files say: which command lines, on which database contents?
//!
//! A case file, one for each family of commands, is made of lines:
//!
//! ```text
//! schemas 20.12          the databases have the schemas of this release, not those of the tool's own
//! releases 26.03         compared with the tools of these releases only (default: 23.03 26.03)
//! state NAME [from NAME] the indented lines below make these contents, after those of the other state
//! in NAME                the indented lines below are cases, each on a database with these contents
//! ```
//!
//! A case is a command line, its tool written `nbctl`, `sbctl`, `icnbctl`, `icsbctl` or `vsctl`; several joined by ` ;; `
//! run one after the other. Words are split as a shell does. `{TABLE/VALUE}` stands for the UUID of the row of TABLE
//! in which a column is VALUE, `{TABLE/VALUE:8}` for its first 8 characters, `{DIR}` for the run directory.
//! In brackets before a case: `unordered` (its lines come in the order of the IDL's hash table, which nobody can depend
//! on: they are compared sorted), `only RELEASE`, `env NAME=VALUE`.

use std::path::Path;

use crate::release::Database;

/// The contents of a case file.
#[derive(Debug, Default)]
pub(crate) struct CaseFile {
    /// The file's name, without `.txt`.
    pub(crate) name: String,
    /// Whether the databases have the schemas of 20.12.
    pub(crate) old_schemas: bool,
    /// The releases to compare with.
    pub(crate) releases: Vec<String>,
    /// Database contents, in the order in which they were written.
    pub(crate) states: Vec<State>,
}

/// Database contents, and the cases that start from them.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) name: String,
    /// The lines that make it, each of which must succeed.
    pub(crate) setup: Vec<Line>,
    pub(crate) cases: Vec<Case>,
}

/// One line of a case file.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// Where it is, for messages.
    pub(crate) number: usize,
    /// As written.
    pub(crate) text: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) unordered: bool,
    pub(crate) only: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
}

/// One command line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) database: Database,
    /// What follows the tool's name; placeholders are not filled in yet.
    pub(crate) arguments: Vec<String>,
}

/// Reads `tests/cases/NAME.txt`.
pub(crate) fn read(name: &str) -> CaseFile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name).with_extension("txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = parse(&text).unwrap_or_else(|error| panic!("{name}.txt: {error}"));
    CaseFile { name: name.to_owned(), ..file }
}

fn parse(text: &str) -> Result<CaseFile, String> {
    enum Section {
        None,
        Setup(usize),
        Cases(usize),
    }
    let mut file = CaseFile { releases: vec!["23.03".to_owned(), "26.03".to_owned()], ..CaseFile::default() };
    let mut section = Section::None;
    for (number, line) in (1..).zip(text.lines()) {
        let at = |message: String| format!("line {number}: {message}");
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with(' ') {
            match section {
                Section::None => return Err(at("a case before any `in`".to_owned())),
                Section::Setup(state) => file.states[state].setup.extend(command_lines(line).map_err(at)?),
                Section::Cases(state) => file.states[state].cases.push(case(number, line).map_err(at)?),
            }
            continue;
        }
        let position = |name: &str| file.states.iter().position(|state| state.name == name);
        match words[..] {
            ["schemas", "20.12"] => file.old_schemas = true,
            ["releases", ..] => file.releases = words[1..].iter().map(|word| (*word).to_owned()).collect(),
            ["state", name] => {
                section = Section::Setup(file.states.len());
                file.states.push(State { name: name.to_owned(), ..State::default() });
            }
            ["state", name, "from", other] => {
                let base = position(other).ok_or_else(|| at(format!("no state {other}")))?;
                let setup = file.states[base].setup.clone();
                section = Section::Setup(file.states.len());
                file.states.push(State { name: name.to_owned(), setup, ..State::default() });
            }
            ["in", name] => {
                section = Section::Cases(position(name).ok_or_else(|| at(format!("no state {name}")))?);
            }
            _ => return Err(at(format!("not understood: {line}"))),
        }
    }
    Ok(file)
}

fn case(number: usize, line: &str) -> Result<Case, String> {
    let text = line.trim();
    let mut case = Case { number, text: text.to_owned(), ..Case::default() };
    let mut rest = text;
    while let Some((flag, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        match flag.split_once(' ') {
            None if flag == "unordered" => case.unordered = true,
            Some(("only", release)) => case.only = Some(release.to_owned()),
            Some(("env", variable)) => {
                let (name, value) = variable.split_once('=').ok_or("env needs NAME=VALUE")?;
                case.variables.push((name.to_owned(), value.to_owned()));
            }
            _ => return Err(format!("unknown flag [{flag}]")),
        }
        rest = after.trim_start();
    }
    case.lines = command_lines(rest)?;
    Ok(case)
}

fn command_lines(text: &str) -> Result<Vec<Line>, String> {
    text.trim().split(" ;; ").map(command_line).collect()
}

fn command_line(text: &str) -> Result<Line, String> {
    let mut words = split_words(text)?;
    let tool = words.remove(0);
    let database = Database::ALL.into_iter().find(|database| database.short_tool() == tool);
    Ok(Line { database: database.ok_or(format!("unknown tool {tool}"))?, arguments: words })
}

/// Splits as a shell does: blanks, single and double quotes, backslashes, and `$'...'` for `\n` and `\t`.
pub(crate) fn split_words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or("a quote is not closed")? {
                        end if end == c => break,
                        '\\' if c == '"' && matches!(chars.peek(), Some('"' | '\\' | '$')) => {
                            word.extend(chars.next())
                        }
                        other => word.push(other),
                    }
                }
            }
            '$' if chars.peek() == Some(&'\'') => {
                chars.next();
                let word = word.get_or_insert_default();
                loop {
                    match (chars.next().ok_or("a quote is not closed")?, chars.peek()) {
                        ('\'', _) => break,
                        ('\\', Some('n')) => word.extend(chars.next().map(|_| '\n')),
                        ('\\', Some('t')) => word.extend(chars.next().map(|_| '\t')),
                        ('\\', Some(_)) => word.extend(chars.next()),
                        (other, _) => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    if words.is_empty() { Err("an empty command line".to_owned()) } else { Ok(words) }
}

#[test]
fn words_are_split_as_a_shell_does() {
    let check = |text: &str, expect: &[&str]| assert_eq!(split_words(text).unwrap(), expect, "{text}");
    check(r#"a  b=' c'd "" "#, &["a", "b= cd", ""]);
    check(r#""a \" \n" \'x '\' "#, &[r#"a " \n"#, "'x", "\\"]);
    check(r"$'a\n\tb' c", &["a\n\tb", "c"]);
    assert!(split_words("'open").is_err());
}

#[test]
fn a_file_is_states_and_cases() {
    let text = "# a comment\nstate one\n  nbctl ls-add a\nstate two from one\n  nbctl ls-add b ;; sbctl init\n\
                in two\n  [unordered] [env A=b] nbctl -- ls-list\n";
    let file = parse(text).unwrap();
    assert_eq!(file.states[1].setup.len(), 3);
    let case = &file.states[1].cases[0];
    assert!(case.unordered && case.number == 7);
    assert_eq!(case.variables, [("A".to_owned(), "b".to_owned())]);
    assert_eq!(case.lines[0].arguments, ["--", "ls-list"]);
    assert_eq!(parse("in nowhere\n").unwrap_err(), "line 1: no state nowhere");
}
