//! What is a command: the one table entry from which parsing, help, completion and man pages are made?

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `--x`, never `--x=v`.
    None,
    /// `--x=v`, never `--x` alone.
    Required,
    /// Both `--x` and `--x=v`.
    Optional,
}

/// One option that belongs to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptSpec {
    /// The name without the dashes.
    pub name: &'static str,
    /// Whether it takes a value.
    pub argument: Argument,
}

impl OptSpec {
    /// `--name`
    pub const fn flag(name: &'static str) -> OptSpec {
        OptSpec { name, argument: Argument::None }
    }

    /// `--name=value`
    pub const fn value(name: &'static str) -> OptSpec {
        OptSpec { name, argument: Argument::Required }
    }

    /// `--name` or `--name=value`
    pub const fn optional(name: &'static str) -> OptSpec {
        OptSpec { name, argument: Argument::Optional }
    }
}

/// `--may-exist`: adding what is there already is no error.
pub const MAY_EXIST: OptSpec = OptSpec::flag("may-exist");
/// `--if-exists`: deleting or reading what is not there is no error.
pub const IF_EXISTS: OptSpec = OptSpec::flag("if-exists");

/// Whether a command changes the database; it decides at which level the command line is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only reads.
    ReadOnly,
    /// May write.
    ReadWrite,
}

/// `max` of a command that takes any number of arguments.
pub const ANY: usize = usize::MAX;

/// One command. `R` is how it is run, which is not this layer's business.
#[derive(Clone, Copy, Debug)]
pub struct Command<R: Copy + 'static> {
    /// The word on the command line.
    pub name: &'static str,
    /// The arguments as usage text: `SWITCH [PORT] [ADDRESS]...`.
    pub args: &'static str,
    /// The fewest arguments.
    pub min: usize,
    /// The most arguments, or [`ANY`].
    pub max: usize,
    /// The options that may precede its name.
    pub options: &'static [OptSpec],
    /// Whether it writes.
    pub mode: Mode,
    /// The heading of help under which it stands: `Logical switch commands`.
    pub group: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// What runs it.
    pub run: R,
}

impl<R: Copy + 'static> Command<R> {
    /// The option called `name` (without dashes), if this command has it.
    pub fn option(&self, name: &str) -> Option<&'static OptSpec> {
        self.options.iter().find(|o| o.name == name)
    }
}

/// All commands of a tool: its own families of commands, and the ones that every tool has.
#[derive(Clone, Copy, Debug)]
pub struct CommandTable<R: Copy + 'static> {
    families: &'static [&'static [Command<R>]],
}

impl<R: Copy + 'static> CommandTable<R> {
    /// The commands of `families`, in this order. Names must be unique.
    pub const fn new(families: &'static [&'static [Command<R>]]) -> CommandTable<R> {
        CommandTable { families }
    }

    /// Every command, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = &'static Command<R>> + use<R> {
        self.families.iter().flat_map(|family| family.iter())
    }

    /// The command called `name`.
    pub fn find(&self, name: &str) -> Option<&'static Command<R>> {
        self.iter().find(|c| c.name == name)
    }

    /// The headings of help with their commands, both in the order of the table.
    pub fn groups(&self) -> Vec<(&'static str, Vec<&'static Command<R>>)> {
        let mut groups: Vec<(&'static str, Vec<&'static Command<R>>)> = Vec::new();
        for command in self.iter() {
            match groups.iter_mut().find(|(name, _)| *name == command.group) {
                Some((_, commands)) => commands.push(command),
                None => groups.push((command.group, vec![command])),
            }
        }
        groups
    }

    /// Every option of every command, each name once, in the order of the table.
    pub fn options(&self) -> Vec<&'static OptSpec> {
        let mut seen: Vec<&'static OptSpec> = Vec::new();
        for option in self.iter().flat_map(|c| c.options) {
            if !seen.iter().any(|o| o.name == option.name) {
                seen.push(option);
            }
        }
        seen
    }
}

/// A small table for the tests of the layers above.
#[cfg(test)]
pub(crate) mod sample {
    use super::*;

    const fn entry(
        name: &'static str,
        args: &'static str,
        (min, max): (usize, usize),
        options: &'static [OptSpec],
    ) -> Command<u8> {
        Command {
            name,
            args,
            min,
            max,
            options,
            mode: Mode::ReadOnly,
            group: "General",
            help: "does it",
            run: 0,
        }
    }

    const OWN: &[Command<u8>] = &[
        entry("init", "", (0, 0), &[]),
        entry("show", "[SWITCH]", (0, 1), &[]),
        Command {
            mode: Mode::ReadWrite,
            ..entry("ls-add", "[SWITCH]", (0, 1), &[MAY_EXIST, OptSpec::flag("add-duplicate")])
        },
        entry("ls-del", "SWITCH", (1, 1), &[IF_EXISTS]),
        entry("ls-list", "", (0, 0), &[]),
        entry("lr-route-add", "ROUTER PREFIX NEXTHOP [PORT]", (3, 4), &[MAY_EXIST, OptSpec::optional("bfd")]),
        entry("acl-add", "SWITCH", (1, 1), &[OptSpec::value("type"), OptSpec::value("tier")]),
    ];

    const DB: &[Command<u8>] = &[
        entry("get", "TABLE RECORD [COLUMN[:KEY]]...", (2, ANY), &[IF_EXISTS, OptSpec::value("id")]),
        entry("list", "TABLE [RECORD]...", (1, ANY), &[IF_EXISTS, OptSpec::value("columns")]),
    ];

    /// Seven own commands and two that all tools have.
    pub(crate) const TABLE: CommandTable<u8> = CommandTable::new(&[OWN, DB]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_and_options() {
        let table = sample::TABLE;
        assert_eq!(table.find("list").map(|c| c.args), Some("TABLE [RECORD]..."));
        assert!(table.find("lis").is_none());
        let names: Vec<_> = table.options().iter().map(|o| o.name).collect();
        assert_eq!(
            names,
            ["may-exist", "add-duplicate", "if-exists", "bfd", "type", "tier", "id", "columns"]
        );
        assert_eq!(
            table.find("get").and_then(|c| c.option("id")).map(|o| o.argument),
            Some(Argument::Required)
        );
    }
}
