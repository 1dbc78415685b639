//! Are the texts that people write read as ovn-nbctl and ovs-vsctl 26.03 read them? All cases were pinned against those tools.

use super::*;
use crate::schema::Constraint;
use crate::value::{Format, print_datum};
use proptest::prelude::*;

fn column(key: BaseType, value: Option<BaseType>, min: u32, max: u32) -> ColumnType {
    ColumnType { key, value, min, max }
}

fn strings() -> ColumnType {
    column(BaseType::any(AtomType::String), None, 0, u32::MAX)
}

fn options() -> ColumnType {
    column(BaseType::any(AtomType::String), Some(BaseType::any(AtomType::String)), 0, u32::MAX)
}

fn integer(min: i64, max: i64) -> BaseType {
    BaseType { constraint: Constraint::Integer(min, max), ..BaseType::any(AtomType::Integer) }
}

fn tag() -> ColumnType {
    column(integer(1, 4095), None, 0, 1)
}

fn trunks() -> ColumnType {
    column(integer(0, 4095), None, 0, 4096)
}

fn mappings() -> ColumnType {
    column(integer(0, 16_777_215), Some(integer(0, 4095)), 0, u32::MAX)
}

fn parse(text: &str, type_: &ColumnType) -> Result<Datum, String> {
    parse_datum(text, type_, &mut |_| Uuid::from_u128(7)).map_err(|e| e.to_string())
}

fn accepted(text: &str, type_: &ColumnType, printed: &str) {
    let mut out = String::new();
    print_datum(&mut out, &parse(text, type_).unwrap(), type_.max, Format::String);
    assert_eq!(out, printed, "{text}");
}

fn refused(text: &str, type_: &ColumnType, error: &str) {
    assert_eq!(parse(text, type_), Err(error.to_owned()), "{text}");
}

#[test]
fn sets() {
    accepted("b a", &strings(), "[a, b]");
    accepted("a,b", &strings(), "[a, b]");
    accepted(" [ a , b ] ", &strings(), "[a, b]");
    accepted("a,", &strings(), "[a]");
    accepted("\ta \u{b}\"b\tc\"", &strings(), "[a, \"b\\tc\"]");
    accepted("a\nb", &strings(), "[\"a\\nb\"]");
    accepted("[]", &strings(), "[]");
    accepted("\"\"", &strings(), "[\"\"]");
    accepted("\"a b\",\"c\\\"d\"", &strings(), "[\"a b\", \"c\\\"d\"]");
    accepted("a\\ b c\\\"d", &strings(), "[\"a b\", \"c\\\"d\"]");
    refused("fe80::1", &strings(), "fe80::1: unexpected \":\" parsing set of strings");
    refused("[a", &strings(), "[a: missing \"]\" at end of data");
    refused("[a]b", &strings(), "[a]b: trailing garbage after \"]\"");
    refused("a,a", &strings(), "a,a: set contains duplicate value");
    refused("a]", &strings(), "a]: unexpected \"]\" parsing set of strings");
    refused("a,,b", &strings(), "a,,b: unexpected \",\" parsing set of strings");
    refused(",a", &strings(), ",a: unexpected \",\" parsing set of strings");
    refused(" ", &strings(), "use \"[]\" to specify the empty set");
    refused("a\"", &strings(), "a\": quoted string extends past end of argument");
    let four = column(BaseType::any(AtomType::String), None, 0, 4);
    refused("a,b,c,d,e", &four, "a,b,c,d,e: 5 value(s) specified but the maximum number is 4");
    refused("a:b", &four, "a:b: unexpected \":\" parsing set of up to 4 strings");
}

#[test]
fn maps() {
    accepted("{a = b}", &options(), "{a=b}");
    accepted("b=1 a=\"x=y\"", &options(), "{a=\"x=y\", b=\"1\"}");
    accepted("{}", &options(), "{}");
    refused("{", &options(), "{: missing \"}\" at end of data");
    refused("a", &options(), "a: syntax error at \"");
    refused("{a}", &options(), "a}: syntax error at \"}\" expecting \"=\"");
    refused("a b=c", &options(), "a b=c: syntax error at \"b\" expecting \"=\"");
    refused("a=b,a=c", &options(), "a=b,a=c: map contains duplicate key");
    refused("a=b=c", &options(), "a=b=c: unexpected \"=\" parsing map of (string, string) pairs");
    refused("[]", &options(), "[]: unexpected \"[\" parsing map of (string, string) pairs");
    refused(" ", &options(), "use \"{}\" to specify the empty map");
    refused(
        "a=",
        &options(),
        "An empty string is not valid as input; use \"\" to represent the empty string",
    );
}

#[test]
fn integers() {
    accepted("1 ", &tag(), "1");
    accepted("\\ +5", &tag(), "5");
    accepted("5-5", &tag(), "5");
    accepted("[]", &tag(), "[]");
    refused("0", &tag(), "constraint violation: 0 is not in the valid range 1 to 4095 (inclusive)");
    refused("1,2", &tag(), "1,2: 2 value(s) specified but the maximum number is 1");
    refused("1-2", &tag(), "1-2: 2 value(s) specified but the maximum number is 1");
    refused("2-1", &tag(), "\"2-1\" is not a valid range. Range end cannot be before start.");
    refused("a", &tag(), "\"a\" is not a valid integer or range");
    refused("1-", &tag(), "\"1-\" is not a valid integer or range");
    refused("-5--3", &tag(), "constraint violation: -5 is not in the valid range 1 to 4095 (inclusive)");
    let priority = column(integer(0, 32767), None, 1, 1);
    refused("[]", &priority, "[]: 0 value(s) specified but the minimum number is 1");
}

#[test]
fn ranges() {
    assert_eq!(parse("0-4095", &trunks()).unwrap().len(), 4096);
    accepted("3-5,1", &trunks(), "[1, 3, 4, 5]");
    accepted("1-3=5", &mappings(), "{1=5, 2=5, 3=5}");
    refused("1-4,3", &trunks(), "1-4,3: set contains duplicate value");
    refused(
        "1-4096",
        &trunks(),
        "constraint violation: 4096 is not in the valid range 0 to 4095 (inclusive)",
    );
    refused(
        "{1-5000=5}",
        &mappings(),
        "constraint violation: Range \"1-5000\" is too big. Maximum allowed size is 4096.",
    );
    refused("{1-3=4-5}", &mappings(), "\"4-5\" is not a valid integer or range");
    let any = column(BaseType::any(AtomType::Integer), None, 0, u32::MAX);
    let all = format!("{}-{}", i64::MIN, i64::MAX);
    refused(
        &all,
        &any,
        &format!("constraint violation: Range \"{all}\" is too big. Maximum allowed size is 4096."),
    );
    accepted(&format!("{}-{}", i64::MAX - 1, i64::MAX), &any, "[9223372036854775806, 9223372036854775807]");
}

#[test]
fn the_other_atoms() {
    let boolean = ColumnType::scalar(AtomType::Boolean);
    accepted("yes", &boolean, "true");
    accepted("0", &boolean, "false");
    refused("TRUE", &boolean, "\"TRUE\" is not a valid boolean (use \"true\" or \"false\")");
    refused(":", &boolean, ":: unexpected \":\" parsing boolean");
    let uuid = ColumnType::scalar(AtomType::Uuid);
    accepted("@row", &uuid, "00000000-0000-0000-0000-000000000007");
    refused("zz", &uuid, "\"zz\" is not a valid UUID");
    let real = ColumnType::scalar(AtomType::Real);
    accepted("1e3", &real, "1000");
    refused("x", &real, "\"x\" is not a valid real number");
    refused(
        "inf",
        &real,
        "constraint violation: inf is greater than maximum allowed value 1.79769313486232e+308",
    );
    let allowed = Some(["dscp", "mark"].map(Atom::from).into());
    let action = column(BaseType { allowed, ..BaseType::any(AtomType::String) }, None, 0, 1);
    refused("foo", &action, "constraint violation: foo is not one of the allowed values ([dscp, mark])");
}

#[test]
fn an_atom_is_not_tokenised() {
    let string = BaseType::any(AtomType::String);
    let atom = |text| parse_atom(text, &string, &mut |_| Uuid::NIL);
    assert_eq!(atom("tcp:1.2.3.4:6642, x=[y]"), Ok(Atom::from("tcp:1.2.3.4:6642, x=[y]")));
    assert_eq!(atom("\"a\\\"b\""), Ok(Atom::from("a\"b")));
    let error = parse_atom("1-3", &integer(0, 9), &mut |_| Uuid::NIL).unwrap_err();
    assert_eq!(error.to_string(), "\"1-3\" is not a valid integer or range");
}

#[test]
fn lengths_are_left_to_the_server() {
    let name = BaseType { constraint: Constraint::Length(0, 3), ..BaseType::any(AtomType::String) };
    assert_eq!(parse_atom("long", &name, &mut |_| Uuid::NIL), Ok(Atom::from("long")));
    assert!(name.check(&Atom::from("long")).is_err());
}

fn atom(type_: AtomType) -> BoxedStrategy<Atom> {
    match type_ {
        AtomType::Integer => any::<i64>().prop_map(Atom::Integer).boxed(),
        // 15 digits are all that the text form keeps
        AtomType::Real => (any::<i32>(), -20i32..20)
            .prop_map(|(n, e)| Atom::Real(format!("{n}e{e}").parse().unwrap()))
            .boxed(),
        AtomType::Boolean => any::<bool>().prop_map(Atom::Boolean).boxed(),
        AtomType::String => proptest::string::string_regex("(?s:.){0,8}|[a-z\\[\\]{}=,: \"\\\\!<>]{0,8}")
            .unwrap()
            .prop_filter("no null", |s| !s.contains('\0'))
            .prop_map(Atom::from)
            .boxed(),
        AtomType::Uuid => any::<u128>().prop_map(|n| Atom::Uuid(Uuid::from_u128(n))).boxed(),
    }
}

const TYPES: [AtomType; 5] =
    [AtomType::Integer, AtomType::Real, AtomType::Boolean, AtomType::String, AtomType::Uuid];

fn typed_datum() -> impl Strategy<Value = (ColumnType, Datum)> {
    let type_ =
        (proptest::sample::select(&TYPES[..]), proptest::option::of(proptest::sample::select(&TYPES[..])));
    type_.prop_flat_map(|(key, value)| {
        let column = column(BaseType::any(key), value.map(BaseType::any), 0, u32::MAX);
        let datum = match value {
            None => proptest::collection::vec(atom(key), 0..5).prop_map(Datum::set).boxed(),
            Some(value) => {
                proptest::collection::vec((atom(key), atom(value)), 0..5).prop_map(Datum::map).boxed()
            }
        };
        (Just(column), datum)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_printed_is_read_back((type_, datum) in typed_datum()) {
        let mut text = String::new();
        print_datum(&mut text, &datum, type_.max, Format::String);
        prop_assert_eq!(parse_datum(&text, &type_, &mut |_| Uuid::NIL), Ok(datum), "{}", text);
    }

    #[test]
    fn what_is_written_is_read_back((type_, datum) in typed_datum()) {
        let mut json = Vec::new();
        crate::value::write_datum(&mut crate::json::Writer::new(&mut json), &datum, &|_| false);
        let read = crate::schema::read_datum(&mut crate::json::Reader::new(&json), &type_, &mut |_| None);
        prop_assert_eq!(read, Ok(datum));
    }

    #[test]
    fn any_text_is_taken_or_refused(text in "(?s:.){0,20}|[a-z0-9\\[\\]{}=,: \"\\\\@-]{0,20}", (type_, _) in typed_datum()) {
        let _ = parse_datum(&text, &type_, &mut |_| Uuid::NIL);
    }
}
