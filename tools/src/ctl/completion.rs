//! How does a shell complete the command lines of a tool: the scripts made from its table?

use super::command::{Argument, CommandTable};
use super::options::{Global, GlobalSpec};
use super::persona::Persona;

/// A shell for which there is a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

impl Shell {
    /// The shell called `name`.
    pub fn from_name(name: &str) -> Option<Shell> {
        Some(match name {
            "bash" => Shell::Bash,
            "zsh" => Shell::Zsh,
            "fish" => Shell::Fish,
            _ => return None,
        })
    }
}

/// One option to offer.
struct Offer {
    name: &'static str,
    short: Option<char>,
    argument: Argument,
    help: &'static str,
    /// Whether it belongs to commands, and so may also stand behind a `--`.
    of_commands: bool,
}

/// The script with which `shell` completes this tool's command lines: commands at the beginning and behind each `--`,
/// options before a command, files elsewhere.
pub fn script<R: Copy + 'static>(shell: Shell, persona: &Persona, table: &CommandTable<R>) -> String {
    let commands: Vec<(&str, &str)> = table.iter().map(|c| (c.name, c.help)).collect();
    write(shell, persona.name(), &commands, &offers(persona, table))
}

/// The same, for a program with these commands, none of which has options of its own.
pub(crate) fn script_of(
    shell: Shell,
    program: &str,
    commands: &[(&str, &str)],
    options: impl Iterator<Item = GlobalSpec>,
) -> String {
    write(shell, program, commands, &options.map(global).collect::<Vec<_>>())
}

fn write(shell: Shell, program: &str, commands: &[(&str, &str)], offers: &[Offer]) -> String {
    let template = match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    let (commands, options) = match shell {
        Shell::Bash => (names(commands), bash_options(offers)),
        Shell::Zsh => {
            (zsh_list(commands.iter().copied().map(own_first)), zsh_list(offers.iter().map(zsh_option)))
        }
        Shell::Fish => (fish_commands(program, commands), fish_options(program, offers)),
    };
    template
        .replace("@PROGRAM@", program)
        .replace("@FUNCTION@", &program.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
        .replace("@VALUED@", &valued(offers))
        .replace("@COMMANDS@", &commands)
        .replace("@COMMAND_OPTIONS@", &bash_options(offers.iter().filter(|o| o.of_commands)))
        .replace("@OPTIONS@", &options)
}

fn global(GlobalSpec { name, short, argument, help, .. }: GlobalSpec) -> Offer {
    Offer { name, short, argument, help, of_commands: false }
}

fn offers<R: Copy + 'static>(persona: &Persona, table: &CommandTable<R>) -> Vec<Offer> {
    let own = table.options().into_iter().map(|o| Offer {
        name: o.name,
        short: None,
        argument: o.argument,
        help: "option of a command",
        of_commands: true,
    });
    Global::offered(persona.tool()).into_iter().map(global).chain(own).collect()
}

fn names(commands: &[(&str, &str)]) -> String {
    commands.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

/// A pattern for `case` of the options whose value may be the next word.
fn valued(offers: &[Offer]) -> String {
    let mut words = Vec::new();
    for offer in offers.iter().filter(|o| o.argument == Argument::Required) {
        words.extend(offer.short.map(|letter| format!("-{letter}")));
        words.push(format!("--{}", offer.name));
    }
    words.join("|")
}

fn bash_options<'o>(offers: impl IntoIterator<Item = &'o Offer>) -> String {
    let word = |o: &Offer| {
        if o.argument == Argument::Required { format!("--{}=", o.name) } else { format!("--{}", o.name) }
    };
    offers.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn own_first((name, help): (&str, &str)) -> (String, String) {
    (name.to_owned(), help.to_owned())
}

fn zsh_option(offer: &Offer) -> (String, String) {
    let value = if offer.argument == Argument::Required { "=" } else { "" };
    (format!("--{}{value}", offer.name), offer.help.to_owned())
}

/// `'name:help' 'name:help'`
fn zsh_list(items: impl Iterator<Item = (String, String)>) -> String {
    items
        .map(|(name, help)| format!("        {}\n", quoted(&format!("{}:{help}", name.replace(':', "\\:")))))
        .collect()
}

fn fish_commands(program: &str, commands: &[(&str, &str)]) -> String {
    let function = program.replace('-', "_");
    let line = |(name, help): &(&str, &str)| {
        format!("complete -c {program} -f -n __{function}_at_command -a {name} -d {}\n", fish_quoted(help))
    };
    commands.iter().map(line).collect()
}

fn fish_options(program: &str, offers: &[Offer]) -> String {
    let function = program.replace('-', "_");
    let line = |offer: &Offer| {
        let short = offer.short.map_or_else(String::new, |letter| format!(" -s {letter}"));
        let value = if offer.argument == Argument::Required { " -r" } else { "" };
        let help = fish_quoted(offer.help);
        format!(
            "complete -c {program} -n __{function}_at_command -l {}{short}{value} -d {help}\n",
            offer.name
        )
    };
    offers.iter().map(line).collect()
}

/// In single quotes, for bash and zsh.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// In single quotes, for fish.
fn fish_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

const BASH: &str = r#"# Completes the command lines of @PROGRAM@. Load it with: eval "$(@PROGRAM@ completion bash)"
_@FUNCTION@() {
    local current=${COMP_WORDS[COMP_CWORD]} command= first=yes offer i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --) command= first= ;;
            =) ((i++)) ;;
            @VALUED@)
                [[ $first && ! $command && ${COMP_WORDS[i + 1]} != = ]] && ((i++)) ;;
            -*) ;;
            *) [[ $command ]] || command=${COMP_WORDS[i]} ;;
        esac
    done
    # Behind a command, and as the value of an option, the shell's own completion of files serves best.
    if [[ $command || $i -gt $COMP_CWORD || $current == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
        return
    fi
    case $current in
        -*)
            offer="@COMMAND_OPTIONS@"
            [[ $first ]] && offer="@OPTIONS@" ;;
        *) offer="@COMMANDS@" ;;
    esac
    COMPREPLY=($(compgen -W "$offer" -- "$current"))
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _@FUNCTION@ @PROGRAM@
"#;

const ZSH: &str = r#"#compdef @PROGRAM@
# Completes the command lines of @PROGRAM@. Put it into a folder of $fpath as _@PROGRAM@.
_@FUNCTION@() {
    local -a commands options
    commands=(
@COMMANDS@    )
    options=(
@OPTIONS@    )
    local command= first=yes i
    for ((i = 2; i < CURRENT; i++)); do
        case $words[i] in
            (--) command= first= ;;
            (@VALUED@) [[ -n $first && -z $command ]] && ((i++)) ;;
            (-*) ;;
            (*) [[ -n $command ]] || command=$words[i] ;;
        esac
    done
    if [[ -n $command || $i -gt $CURRENT ]]; then
        _files
    elif [[ $PREFIX == -* ]]; then
        _describe -o option options -S ''
    else
        _describe command commands
    fi
}
_@FUNCTION@ "$@"
"#;

const FISH: &str = r#"# Completes the command lines of @PROGRAM@. Load it with: @PROGRAM@ completion fish | source
function __@FUNCTION@_at_command
    set -l command
    set -l skip
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip
        else if test "$word" = --
            set command
        else if string match -qr '^(@VALUED@)$' -- $word
            set skip yes
        else if not string match -q -- '-*' $word
            set command $word
        end
    end
    test -z "$command$skip"
end
@COMMANDS@@OPTIONS@"#;

#[cfg(test)]
mod tests;
