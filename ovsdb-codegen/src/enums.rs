//! How the values that a schema lists for a column become an enum.

use crate::layout;
use crate::names;
use ovsdb_proto::value::Atom;

/// Appends the enum `name` of `atoms`, with its conversions.
pub(crate) fn enumeration(out: &mut String, width: usize, name: &str, about: &str, atoms: &[Atom]) {
    let variants = names::variants(atoms);
    let integers = atoms.iter().all(|a| a.as_integer().is_some());
    layout::doc(out, 0, width, about);
    out.push_str("#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[non_exhaustive]\n");
    out.push_str(&format!("pub enum {name} {{\n"));
    for (atom, variant) in atoms.iter().zip(&variants) {
        layout::doc(out, 4, width, &format!("{}.", shown(atom)));
        out.push_str(&format!("    {variant},\n"));
    }
    out.push_str("    /// A value that this version of the schema does not list.\n");
    out.push_str(if integers { "    Unknown(i64),\n}\n\n" } else { "    Unknown(Box<str>),\n}\n\n" });

    let (kind, rust, read) =
        if integers { ("Integer", "i64", "as_integer") } else { ("String", "&str", "as_str") };
    let (keep, give) = if integers { ("other", "*other") } else { ("other.into()", "other") };
    let arm = |(atom, variant): (&Atom, &String)| (literal(atom), format!("Self::{variant}"));
    let pairs: Vec<(String, String)> = atoms.iter().zip(&variants).map(arm).collect();
    out.push_str(&format!(
        "impl {name} {{
    /// The value as the database has it.
    pub fn {read}(&self) -> {rust} {{
        match self {{\n"
    ));
    for (literal, variant) in &pairs {
        out.push_str(&format!("            {variant} => {literal},\n"));
    }
    out.push_str(&format!(
        "            Self::Unknown(other) => {give},
        }}
    }}
}}

impl From<{rust}> for {name} {{
    fn from(value: {rust}) -> Self {{
        match value {{\n"
    ));
    for (literal, variant) in &pairs {
        out.push_str(&format!("            {literal} => {variant},\n"));
    }
    out.push_str(&format!(
        "            other => Self::Unknown({keep}),
        }}
    }}
}}

impl AtomValue for {name} {{
    const TYPE: AtomType = AtomType::{kind};

    fn from_atom(atom: &Atom) -> Option<Self> {{
        atom.{read}().map(Self::from)
    }}

    fn to_atom(&self) -> Atom {{
        Atom::from(self.{read}())
    }}
}}\n"
    ));
}

/// The atom as a Rust literal.
fn literal(atom: &Atom) -> String {
    match atom {
        Atom::String(text) => format!("{text:?}"),
        Atom::Integer(n) => n.to_string(),
        Atom::Real(n) => format!("{n:?}"),
        Atom::Boolean(b) => b.to_string(),
        Atom::Uuid(uuid) => uuid.to_string(),
    }
}

/// The atom in a doc comment.
pub(crate) fn shown(atom: &Atom) -> String {
    match atom {
        Atom::String(text) if text.is_empty() => "The empty string".to_owned(),
        Atom::String(text) if text.contains(|c: char| c == '`' || c.is_control() || c == ' ') => {
            format!("`{}`", text.escape_debug().to_string().replace('`', "\\u{60}"))
        }
        Atom::String(text) => format!("`{text}`"),
        other => format!("`{}`", literal(other)),
    }
}
