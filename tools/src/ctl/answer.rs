//! What does a tool print that is asked about itself, not about a database?

use super::command::CommandTable;
use super::options::Request;
use super::persona::Persona;
use super::{completion, doc, help, listing, man};

/// The text for stdout; none if commands are to be run. `schema` is the version of the schema that the tool was made
/// with.
pub fn answer<R: Copy + 'static>(
    request: Request,
    persona: &Persona,
    table: &CommandTable<R>,
    schema: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    Some(match request {
        Request::Run => return None,
        Request::Help => help::help(persona, table, env),
        Request::Version => doc::version(persona, schema),
        Request::Commands => listing::commands(table),
        Request::Options => listing::options(persona, table),
        Request::Completion(shell) => completion::script(shell, persona, table),
        Request::Man => man::page(persona, table),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::command::sample::TABLE;
    use crate::ctl::completion::Shell;
    use crate::ctl::persona::Tool;

    #[test]
    fn every_request_has_an_answer() {
        let persona = Persona::new(Tool::Sb, "ovn-sb");
        let ask = |request| answer(request, &persona, &TABLE, "1.2.3", &|_| None);
        let requests = [
            (Request::Help, "ovn-sb: reads"),
            (Request::Version, "ovn-sb "),
            (Request::Commands, ",init,\n"),
            (Request::Options, "--db=ARG\n"),
            (Request::Completion(Shell::Zsh), "#compdef ovn-sb\n"),
            (Request::Man, ".TH OVN\\-SB 8"),
        ];
        for (request, start) in requests {
            assert!(ask(request).is_some_and(|text| text.starts_with(start)), "{request:?}");
        }
        assert_eq!(ask(Request::Run), None);
    }
}
