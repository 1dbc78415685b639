//! Is what people write for a value taken or refused without a panic, and is what was taken read back from its printed forms?

use ovsdb_proto::json::{Reader, Writer};
use ovsdb_proto::schema::text::{parse_atom, parse_datum};
use ovsdb_proto::schema::{BaseType, ColumnType, Constraint, read_datum};
use ovsdb_proto::value::{Argument, Atom, AtomType, Format, Operator, Uuid, print_datum, write_datum};

/// The first two bytes choose the type of the column, the rest is the text.
pub fn check_value_text(data: &[u8]) {
    let [key, value, text @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    check_argument(text);
    let type_ = column_type(*key, *value);
    let mut symbols = |name: &str| Uuid::from_random(name.len() as u128);
    let _ = parse_atom(text, &type_.key, &mut symbols);
    let Ok(datum) = parse_datum(text, &type_, &mut symbols).inspect_err(|e| assert_ne!(e.to_string(), ""))
    else {
        return;
    };
    assert_eq!(datum.is_map(), type_.is_map());
    assert!(type_.check_count(datum.len()).is_ok());

    let mut json = Vec::new();
    write_datum(&mut Writer::new(&mut json), &datum, &|_| false);
    assert_eq!(read_datum(&mut Reader::new(&json), &type_, &mut |_| None).as_ref(), Ok(&datum));

    for format in [Format::Bare, Format::Json, Format::String] {
        let mut printed = String::new();
        print_datum(&mut printed, &datum, type_.max, format);
        // a real is printed with 15 digits, and may so become another
        let has_real = type_.key.atom == AtomType::Real
            || type_.value.as_ref().is_some_and(|v| v.atom == AtomType::Real);
        if format == Format::String && !has_real {
            assert_eq!(parse_datum(&printed, &type_, &mut symbols).as_ref(), Ok(&datum), "{printed}");
        }
    }
    for operator in Operator::ALL {
        let reflexive =
            !operator.text().contains(['!', 'n']) && !matches!(operator.text(), "<" | ">" | "{<}" | "{>}");
        assert!(!reflexive || operator.holds(&datum, &datum));
    }
}

fn check_argument(text: &str) {
    let Ok(argument) = Argument::new(text) else { return };
    assert_ne!(argument.column, "");
    let _ = argument.key();
    for operators in [Operator::ASSIGN, Operator::ALL] {
        if let Ok(tail) = argument.tail(operators) {
            assert!(!tail.value.is_empty() && text.ends_with(tail.value));
        }
    }
}

fn column_type(key: u8, value: u8) -> ColumnType {
    let value_type = (value % 6 < 5).then(|| base(value % 6, value / 6));
    let (min, max) = match key / 40 % 4 {
        0 => (0, u32::MAX),
        1 => (0, 1),
        2 => (1, 1),
        _ => (1, 3),
    };
    ColumnType { key: base(key % 5, key / 5), value: value_type, min, max }
}

fn base(atom: u8, constraint: u8) -> BaseType {
    let atom = match atom % 5 {
        0 => AtomType::Integer,
        1 => AtomType::Real,
        2 => AtomType::Boolean,
        3 => AtomType::String,
        _ => AtomType::Uuid,
    };
    let mut base = BaseType::any(atom);
    match (atom, constraint % 4) {
        (AtomType::Integer, 1) => base.constraint = Constraint::Integer(-10, 5000),
        (AtomType::Integer, 2) => base.allowed = Some([1, 2, 3, i64::MAX].map(Atom::Integer).into()),
        (AtomType::Real, 1) => base.constraint = Constraint::Real(-1.0, 1e20),
        (AtomType::String, 1) => base.allowed = Some(["", "a", "true"].map(Atom::from).into()),
        (AtomType::String, 2) => base.constraint = Constraint::Length(1, 3),
        _ => {}
    }
    base
}
