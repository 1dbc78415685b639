//! How is a command line made ready and run here, without a process and without a server?

use ovn_tools::ctl::chain::{self, Invocation};
use ovn_tools::ctl::context::{RunFn, ToolDef};
use ovn_tools::ctl::error::CtlError;
use ovn_tools::ctl::line::Line;
use ovn_tools::ctl::options::{self, Globals};
use ovn_tools::ctl::persona::Persona;
use ovn_tools::ctl::{answer, comment, db};
use ovn_tools::{ic_nb, ic_sb, nb, sb, vs};
use ovsdb_proto::frame::Framer;
use ovsdb_proto::rpc::{Message, id_number};

/// The five tools.
pub(crate) static TOOLS: [&ToolDef; 5] = [&nb::TOOL, &sb::TOOL, &ic_nb::TOOL, &ic_sb::TOOL, &vs::TOOL];

/// What a command line asks for.
pub(crate) enum Asked {
    /// This text.
    Text(String),
    /// That these commands be run.
    Commands(Box<Ready>),
}

/// Commands that are ready to be run.
pub(crate) struct Ready {
    def: &'static ToolDef,
    persona: Persona,
    invocations: Vec<Invocation<RunFn>>,
    comment: String,
    pub(crate) globals: Globals,
}

/// Does what a tool does before it talks to a server.
pub(crate) fn prepare(
    def: &'static ToolDef,
    persona: &Persona,
    words: &[String],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Asked, CtlError> {
    let asked = options::parse(persona, &def.commands, words, env)?;
    if let Some(text) = answer::answer(asked.request, persona, &def.commands, &(def.schema)().version, env) {
        return Ok(Asked::Text(text));
    }
    let invocations = chain::parse(&def.commands, asked.leading, &asked.words)?;
    for given in &invocations {
        db::check(def, given)?;
    }
    let comment = comment::comment(persona, &asked.argv, None);
    let ready = Ready { def, persona: persona.clone(), invocations, comment, globals: asked.globals };
    Ok(Asked::Commands(Box::new(ready)))
}

impl Ready {
    pub(crate) fn line(&self) -> Line<'_> {
        Line {
            def: self.def,
            invocations: &self.invocations,
            globals: &self.globals,
            persona: &self.persona,
            comment: self.comment.clone(),
        }
    }

    pub(crate) const fn def(&self) -> &'static ToolDef {
        self.def
    }
}

/// One request that was to be sent: its number, its method and its parameters.
pub(crate) struct Sent {
    pub(crate) id: u64,
    pub(crate) method: String,
    pub(crate) params: Vec<serde_json::Value>,
}

/// Takes apart what was to be sent, which must be nothing but well-formed messages. Answers the requests among them.
pub(crate) fn sent(out: &mut Vec<u8>) -> Vec<Sent> {
    let mut requests = Vec::new();
    let mut framer = Framer::new(1 << 26);
    let mut rest = out.as_slice();
    while !rest.is_empty() {
        let range = framer.find(rest);
        let Ok(Some(range)) = range else {
            assert_eq!(range, Ok(None), "{}", String::from_utf8_lossy(rest));
            break;
        };
        let frame = rest.get(range.clone()).unwrap_or_default();
        let decoded = Message::decode(frame);
        assert!(decoded.is_ok(), "{}", String::from_utf8_lossy(frame));
        if let Ok(Message::Request { id, method, params }) = decoded {
            let params = serde_json::from_slice(params);
            assert!(params.is_ok(), "{}", String::from_utf8_lossy(frame));
            let (id, params) = (id_number(id).unwrap_or_default(), params.unwrap_or_default());
            requests.push(Sent { id, method: method.into_owned(), params });
        }
        rest = rest.get(range.end..).unwrap_or_default();
    }
    assert_eq!(framer.pending(), 0, "half a message");
    out.clear();
    requests
}
