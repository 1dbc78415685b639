//! Does a command line do the same, and print the same, by the C tool and by ours?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cases::{self, Case, CaseFile, Line, State};
use crate::dump::{self, Dump, replace_uuids};
use crate::on_purpose::{Allowed, OnPurpose};
use crate::release::{Database, Release, schema_20_12};
use crate::rpc::Client;
use crate::server::Server;
use crate::tool::{Outcome, Tools};

/// Runs every case of `tests/cases/FAMILY.txt` by the C tools of `release` and by ours.
pub(crate) fn compare(family: &str, release: &str) {
    let file = cases::read(family);
    let mut bench = Bench::new(&file, Release::find(release));
    each_case(&file, release, &mut |state, case| match case {
        None => {
            bench.prepare(state);
            Ok(())
        }
        Some(case) => bench.check(case),
    });
}

/// Runs every case by the C tools of `release` on its own server and on ours, and by our tools on ours.
pub(crate) fn compare_servers(family: &str, release: &str) {
    let file = cases::read(family);
    let mut theirs = Bench::new(&file, Release::find(release));
    let mut ours = Bench::new(&file, Release::find(release).on_our_server());
    let on_purpose = OnPurpose::read_from("server-on-purpose.txt", release, false);
    each_case(&file, release, &mut |state, case| {
        let Some(case) = case else {
            theirs.prepare(state);
            ours.prepare(state);
            return Ok(());
        };
        let (c_tools, our_tools) = (ours.reference.clone(), ours.tested.clone());
        let expected = theirs.observe(case, &c_tools);
        let seen = ours.observe(case, &c_tools);
        let allowed = on_purpose.of(&case.text);
        equal(&expected, &seen, &allowed).map_err(|e| format!("  the C tool on both servers:\n{e}"))?;
        let allowed = ours.on_purpose.of(&case.text);
        let expected = seen;
        let seen = ours.observe(case, &our_tools);
        equal(&expected, &seen, &allowed).map_err(|e| format!("  both tools on our server:\n{e}"))
    });
}

/// Prepares a state if there is no case, else checks the case.
type Check<'a> = dyn FnMut(&State, Option<&Case>) -> Result<(), String> + 'a;

/// Has `check` prepare each state, and then check the cases of it that `release` is for.
fn each_case(file: &CaseFile, release: &str, check: &mut Check<'_>) {
    if !file.releases.iter().any(|name| name == release) {
        return;
    }
    let mut wrong = String::new();
    let mut compared = 0;
    for state in &file.states {
        let wanted = |case: &&Case| {
            case.only.as_deref().is_none_or(|only| only == release)
                && std::env::var("OVN_CASE").map_or(true, |part| case.text.contains(&part))
        };
        let cases: Vec<&Case> = state.cases.iter().filter(wanted).collect();
        if cases.is_empty() {
            continue;
        }
        if let Err(problem) = check(state, None) {
            panic!("state {}: {problem}", state.name);
        }
        for case in cases {
            compared += 1;
            if let Err(difference) = check(state, Some(case)) {
                writeln!(wrong, "\n{}.txt:{}: {}\n{difference}", file.name, case.number, case.text).unwrap();
            }
        }
    }
    println!("{}: {compared} cases compared with OVN {release}", file.name);
    assert!(wrong.is_empty(), "{wrong}");
}

/// A server whose databases are given the same contents again and again.
struct Bench {
    release: Release,
    server: Server,
    links: BTreeMap<Database, Link>,
    reference: Tools,
    newest: Tools,
    tested: Tools,
    on_purpose: OnPurpose,
}

/// The connection to one database, and what the next case shall find in it.
struct Link {
    client: Client,
    tables: Vec<String>,
    wanted: Dump,
    inserts: Vec<Value>,
    /// Whether the database holds `wanted`.
    clean: bool,
    file: PathBuf,
}

/// Everything that can be seen of a case.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    outcomes: Vec<Outcome>,
    /// The rows of the databases that the case's tools belong to.
    rows: Vec<String>,
    /// The comments of the transactions that changed something.
    comments: Vec<String>,
}

impl Bench {
    fn new(file: &CaseFile, release: Release) -> Bench {
        let schema =
            |database| if file.old_schemas { schema_20_12(database) } else { release.schema(database) };
        let databases = Database::ALL.map(|database| (database, schema(database)));
        let server = Server::start(&release, &databases, &[]);
        let link = |database| (database, Link::new(&server, database));
        Bench {
            links: Database::ALL.into_iter().map(link).collect(),
            reference: Tools::Of(release.clone()),
            newest: Tools::Of(Release::find("26.03")),
            tested: Tools::under_test(),
            on_purpose: OnPurpose::read(release.name, file.old_schemas),
            server,
            release,
        }
    }

    /// Lets the C tools make the contents of `state`, and keeps them.
    fn prepare(&mut self, state: &State) {
        for link in self.links.values_mut() {
            link.want(Dump::empty(link.wanted.database()));
            link.reset();
        }
        for Line { database, arguments } in &state.setup {
            let outcome = self.reference.run(*database, self.server.folder(), &[], arguments);
            assert!(outcome.status == "exit 0", "state {}: {arguments:?}: {outcome:?}", state.name);
        }
        for link in self.links.values_mut() {
            let made = link.dump();
            link.clean = false;
            link.want(made.with_stable_uuids());
        }
    }

    fn check(&mut self, case: &Case) -> Result<(), String> {
        let allowed = self.on_purpose.of(&case.text);
        let expected = self.observe(case, &self.reference.clone());
        let seen = self.observe(case, &self.tested.clone());
        let Err(difference) = equal(&expected, &seen, &allowed) else { return Ok(()) };
        if allowed.contains(&Allowed::AsNewest) && self.release.name != "26.03" {
            let expected = self.observe(case, &self.newest.clone());
            return equal(&expected, &seen, &allowed)
                .map_err(|difference| format!("  neither this release nor 26.03 does this:\n{difference}"));
        }
        Err(difference)
    }

    /// Runs a case on the wanted contents.
    fn observe(&mut self, case: &Case, tools: &Tools) -> Seen {
        let used: BTreeSet<Database> = case.lines.iter().map(|line| line.database).collect();
        let mut sizes = BTreeMap::new();
        for database in &used {
            let link = self.links.get_mut(database).unwrap();
            link.reset();
            sizes.insert(*database, link.file_len());
        }
        let folder = self.server.folder().to_owned();
        let mut outcomes = Vec::new();
        for line in &case.lines {
            let link = &self.links[&line.database];
            let fill = |word: &String| fill(word, &link.wanted).replace("{DIR}", folder.to_str().unwrap());
            let arguments: Vec<String> = line.arguments.iter().map(fill).collect();
            outcomes.push(tools.run(line.database, &folder, &case.variables, &arguments));
        }
        let mut seen = Seen { outcomes, rows: Vec::new(), comments: Vec::new() };
        let mut names = BTreeMap::new();
        for database in &used {
            let link = self.links.get_mut(database).unwrap();
            let now = link.dump();
            link.clean = now == link.wanted;
            let known = link.wanted.uuids().map(str::to_owned).collect();
            let new = now.names(&known);
            seen.rows.extend(now.lines(&new));
            let comments = link.comments_since(sizes[database]).into_iter();
            seen.comments.extend(comments.map(|text| text.replace(folder.to_str().unwrap(), "{DIR}")));
            // A UUID that only the output names is told by the order of appearance.
            names.extend(known.into_iter().map(|uuid| (uuid.clone(), uuid)));
            names.extend(new);
        }
        for outcome in &mut seen.outcomes {
            let unplaced = |text: &str| text.replace(folder.to_str().unwrap(), "{DIR}");
            outcome.stdout = unplaced(&outcome.stdout);
            outcome.stderr = unplaced(&outcome.stderr);
            outcome.stdout = with_names(&outcome.stdout, &mut names);
            outcome.stderr = plain_log(&with_names(&outcome.stderr, &mut names));
            if case.unordered {
                outcome.stdout = sorted(&outcome.stdout);
            }
        }
        seen
    }
}

impl Link {
    fn new(server: &Server, database: Database) -> Link {
        let mut client = Client::connect(&server.socket(database));
        let tables = dump::tables(&mut client, database);
        Link {
            client,
            tables,
            wanted: Dump::empty(database),
            inserts: Vec::new(),
            clean: true,
            file: server.file(database),
        }
    }

    fn dump(&mut self) -> Dump {
        Dump::read(&mut self.client, self.wanted.database(), &self.tables)
    }

    fn want(&mut self, wanted: Dump) {
        self.clean &= wanted == self.wanted;
        self.inserts = wanted.inserts();
        self.wanted = wanted;
    }

    fn reset(&mut self) {
        if self.clean {
            return;
        }
        let name = self.wanted.database().name();
        let delete = |table: &String| json!({"op": "delete", "table": table, "where": []});
        self.client.transact(name, self.tables.iter().map(delete).collect());
        self.client.transact(name, self.inserts.clone());
        self.clean = true;
    }

    fn file_len(&self) -> usize {
        usize::try_from(std::fs::metadata(&self.file).unwrap().len()).unwrap()
    }

    /// The comments of the records that were added to the file after its first `start` bytes.
    fn comments_since(&self, start: usize) -> Vec<String> {
        let content = std::fs::read(&self.file).unwrap();
        let added = String::from_utf8_lossy(content.get(start..).unwrap_or_default()).into_owned();
        let records = added.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let comment = |record: Value| record["_comment"].as_str().unwrap_or("no comment").to_owned();
        records.filter(|record| record.is_object()).map(comment).collect()
    }
}

fn equal(expected: &Seen, seen: &Seen, allowed: &[Allowed]) -> Result<(), String> {
    if allowed.contains(&Allowed::Anything) {
        return Ok(());
    }
    let mut difference = String::new();
    let mut field = |what: String, expected: &str, seen: &str| {
        if expected != seen {
            let (expected, seen) = (shortened(expected), shortened(seen));
            writeln!(difference, "  {what}\n    C:    {expected:?}\n    ours: {seen:?}").unwrap();
        }
    };
    for (number, (expected, seen)) in (1..).zip(expected.outcomes.iter().zip(&seen.outcomes)) {
        field(format!("line {number} status"), &expected.status, &seen.status);
        let any_stdout = allowed.contains(&Allowed::AnyStdout);
        if !any_stdout {
            field(format!("line {number} stdout"), &expected.stdout, &seen.stdout);
        }
        let filter = |text: String, rule: &Allowed| rule.filter_stderr(&text, &seen.stderr);
        let filtered = |text: &str| allowed.iter().fold(text.to_owned(), filter);
        field(format!("line {number} stderr"), &filtered(&expected.stderr), &filtered(&seen.stderr));
    }
    let missing = |a: &Seen, b: &Seen| -> String {
        let rows: Vec<&str> =
            a.rows.iter().filter(|row| !b.rows.contains(row)).map(|row| shortened(row)).collect();
        rows.join("\n          ")
    };
    let (only_expected, only_seen) = (missing(expected, seen), missing(seen, expected));
    if expected.rows != seen.rows {
        writeln!(difference, "  rows\n    C:    {only_expected}\n    ours: {only_seen}").unwrap();
    }
    if expected.comments != seen.comments && !allowed.contains(&Allowed::AnyComment) {
        let (expected, seen) = (&expected.comments, &seen.comments);
        writeln!(difference, "  comments of transactions\n    C:    {expected:?}\n    ours: {seen:?}")
            .unwrap();
    }
    if difference.is_empty() { Ok(()) } else { Err(difference) }
}

/// The beginning of a text, for messages.
pub(crate) fn shortened(text: &str) -> &str {
    text.char_indices().nth(1500).map_or(text, |(at, _)| &text[..at])
}

/// Replaces `{TABLE/VALUE}` and `{TABLE/VALUE:8}` in a word.
fn fill(word: &str, contents: &Dump) -> String {
    let Some((before, rest)) = word.split_once('{') else { return word.to_owned() };
    let Some((inside, after)) = rest.split_once('}') else { return word.to_owned() };
    let (name, length) = match inside.rsplit_once(':') {
        Some((name, length)) if length.parse::<usize>().is_ok() => (name, length.parse().unwrap()),
        _ => (inside, 36),
    };
    let found = name.split_once('/').and_then(|(table, value)| contents.find(table, value));
    match found {
        Some(uuid) => format!("{before}{}{}", &uuid[..length], fill(after, contents)),
        None if name.contains('/') => panic!("no row for {{{inside}}}"),
        None => format!("{before}{{{inside}}}{}", fill(after, contents)),
    }
}

fn with_names(text: &str, names: &mut BTreeMap<String, String>) -> String {
    let mut count = names.values().filter(|name| name.starts_with("<uuid ")).count();
    for uuid in dump::uuids_in(text) {
        names.entry(uuid).or_insert_with(|| {
            count += 1;
            format!("<uuid {count}>")
        });
    }
    replace_uuids(text, &|uuid| names.get(uuid).cloned())
}

/// Log lines without the time and the running number, and without those about a slow machine; and without the part of a server's message whose order hangs on
/// the UUIDs that new rows happen to get.
pub(crate) fn plain_log(stderr: &str) -> String {
    let mut plain = String::new();
    for line in stderr.lines().filter(|line| !line.contains("|timeval|WARN|")) {
        let parts: Vec<&str> = line.splitn(3, '|').collect();
        let line = match parts[..] {
            [time, _, rest] if time.ends_with('Z') && time.contains('T') => format!("TIME|N|{rest}"),
            _ => line.to_owned(),
        };
        let stable = line.split_once("  First row, with UUID ").map_or(line.as_str(), |(before, _)| before);
        writeln!(plain, "{stable}").unwrap();
    }
    plain
}

/// The lines of a text sorted; in a line that is a JSON table, the rows sorted.
pub(crate) fn sorted(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(mut table) if table["data"].is_array() => {
                table["data"].as_array_mut().unwrap().sort_by_key(Value::to_string);
                table.to_string()
            }
            _ => line.to_owned(),
        })
        .collect();
    lines.sort();
    lines.join("\n")
}
