//! Does the reader take exactly JSON, and say where it stops being JSON?

use super::JsonErrorKind::*;
use super::*;
use proptest::prelude::*;

fn check(text: &str, expected: Result<(), JsonError>) {
    let mut reader = Reader::new(text.as_bytes());
    assert_eq!(reader.check().and_then(|_| reader.end()), expected, "{text}");
}

fn string(text: &[u8]) -> Result<String, JsonError> {
    let mut reader = Reader::new(text);
    let string = reader.string()?.into_owned();
    reader.end()?;
    Ok(string)
}

#[test]
fn json_is_taken() {
    for text in [
        "null",
        " true ",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[[],[[]],{}]",
        r#"{"a":1,"b":[true,false,null,-1.5e3],"c":{"d":{}}}"#,
        " { \"a\" : [ 1 , 2 ] , \"b\" : \"c\" } ",
    ] {
        check(text, Ok(()));
    }
}

#[test]
fn other_text_is_refused_with_its_place() {
    for (text, kind, offset) in [
        ("", UnexpectedEnd, 0),
        ("  ", UnexpectedEnd, 2),
        ("[", UnexpectedEnd, 1),
        ("[1", UnexpectedEnd, 2),
        ("[1,", UnexpectedEnd, 3),
        ("[1,]", Expected("a value"), 3),
        ("[,]", Expected("a value"), 1),
        ("[1 2]", Expected("`,` or `]`"), 3),
        ("[1}", Expected("`,` or `]`"), 2),
        ("{1:2}", Expected("a string"), 1),
        ("{\"a\"}", Expected("`:`"), 4),
        ("{\"a\":}", Expected("a value"), 5),
        ("{\"a\":1,}", Expected("a string"), 7),
        ("{\"a\":1]", Expected("`,` or `}`"), 6),
        ("{,}", Expected("a string"), 1),
        ("[] []", Expected("the end"), 3),
        ("nul", Expected("null"), 0),
        ("truex", Expected("the end"), 4),
        ("tru", Expected("a boolean"), 0),
        ("[01]", BadNumber, 1),
        ("[+1]", Expected("a value"), 1),
        ("\"a", UnexpectedEnd, 2),
        ("\"a\\", UnexpectedEnd, 3),
        ("[\"a\n\"]", ControlCharacter, 3),
        ("\u{c}[]", Expected("a value"), 0),
        ("'a'", Expected("a value"), 0),
    ] {
        check(text, Err(kind.at(offset)));
    }
    let depth = usize::try_from(DEPTH_MAX).unwrap();
    check(&("[".repeat(depth) + &"]".repeat(depth)), Ok(()));
    check(&("[".repeat(depth + 1) + &"]".repeat(depth + 1)), Err(TooDeep.at(depth)));
}

#[test]
fn strings_are_read() {
    for (text, expected) in [
        (r#""""#, ""),
        (r#""a\"b""#, "a\"b"),
        (r#""\\\"""#, "\\\""),
        (r#""\b\f\n\r\t\/\u0041""#, "\u{8}\u{c}\n\r\t/A"),
        (r#""\u00e9\u20AC\ud83d\ude00é€😀""#, "é€😀é€😀"),
        (
            r#""0123456789abcdef0123456789abcdef\n0123456789abcdef""#,
            "0123456789abcdef0123456789abcdef\n0123456789abcdef",
        ),
    ] {
        assert_eq!(string(text.as_bytes()), Ok(expected.to_string()));
    }
    let borrowed = Reader::new(b"\"abc\"").string().unwrap();
    assert!(matches!(borrowed, Cow::Borrowed("abc")));
}

#[test]
fn malformed_strings_are_refused() {
    for (text, kind, offset) in [
        (&br#""\x""#[..], BadEscape, 1),
        (br#""\u12g4""#, BadEscape, 1),
        (br#""ab\u+123""#, BadEscape, 3),
        (br#""\u0000""#, NullCharacter, 1),
        (br#""\ud800""#, LoneSurrogate, 1),
        (br#""\ud800x12345""#, LoneSurrogate, 1),
        (br#""\ud800\n12345""#, LoneSurrogate, 1),
        (br#""\ud800\ud800""#, LoneSurrogate, 1),
        (br#""\udc00""#, LoneSurrogate, 1),
        (br#""\u12"#, UnexpectedEnd, 5),
        (br#""\ud800\u12"#, UnexpectedEnd, 11),
        (b"\"\\n\x01\"", ControlCharacter, 3),
        (b"\"ab\xff\"", InvalidUtf8, 3),
        (b"\"\\nab\xff\"", InvalidUtf8, 5),
        // overlong, and a surrogate encoded as if it were a character
        (b"\"\xc0\x80\"", InvalidUtf8, 1),
        (b"\"\xed\xa0\x80\"", InvalidUtf8, 1),
        (b"\"\"\xff", InvalidUtf8, 2),
    ] {
        assert_eq!(string(text), Err(kind.at(offset)), "{}", text.escape_ascii());
    }
}

#[test]
fn integers_are_exact() {
    for (text, expected) in [
        ("9223372036854775807", Ok(i64::MAX)),
        ("1.0", Ok(1)),
        ("1e3", Ok(1000)),
        ("1.5", Err(Expected("an integer").at(0))),
        ("9223372036854775808", Err(NumberRange.at(0))),
        ("\"1\"", Err(Expected("a number").at(0))),
    ] {
        assert_eq!(Reader::new(text.as_bytes()).integer(), expected, "{text}");
    }
}

#[test]
fn values_are_passed_over() {
    for value in
        ["null", "true", "-1.5", r#""a\"]\\""#, "[]", r#"[1,[2,"]"],{"a":[]}]"#, r#"{"}":{"a":"\""}}"#]
    {
        let text = format!(" {value} ,");
        let mut reader = Reader::new(text.as_bytes());
        assert_eq!(reader.skip().unwrap(), value.as_bytes());
        assert_eq!(reader.offset(), 1 + value.len());
    }
    for (text, kind, offset) in [
        ("\"a", UnexpectedEnd, 2),
        ("\"a\\\"", UnexpectedEnd, 4),
        ("\"\n\"", ControlCharacter, 1),
        ("[[]", UnexpectedEnd, 3),
    ] {
        assert_eq!(Reader::new(text.as_bytes()).skip(), Err(kind.at(offset)), "{text}");
    }
}

#[test]
fn containers_can_be_left_half_read() {
    let mut reader = Reader::new(br#"[[1,{"a":[2,"]"],"b":3},4],5]"#);
    reader.begin_array().unwrap();
    assert!(reader.next_element().unwrap());
    let depth = reader.depth();
    reader.begin_array().unwrap();
    assert!(reader.next_element().unwrap());
    assert_eq!(reader.integer(), Ok(1));
    assert!(reader.next_element().unwrap());
    reader.begin_object().unwrap();
    assert_eq!(reader.next_key().unwrap().as_deref(), Some("a"));
    reader.begin_array().unwrap();
    reader.leave(depth).unwrap();
    assert!(reader.next_element().unwrap());
    assert_eq!(reader.integer(), Ok(5));
    assert!(!reader.next_element().unwrap());
    reader.end().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

    #[test]
    fn the_same_text_is_json_here_and_to_serde(text in "([\\[\\]{}:, \"\\\\a\u{1}é]|\"a\":|\"b\"|\\\\u00|\\\\ud83d|\\\\ude00|1|-0|1\\.5|e3|true|null|,|\\[|\\{){0,24}") {
        let mut reader = Reader::new(text.as_bytes());
        let ours = reader.check().and_then(|_| reader.end());
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
        // only here is a null character refused
        if !matches!(ours, Err(JsonError { kind: NullCharacter, .. })) {
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        }
    }

    #[test]
    fn any_json_is_taken_and_its_strings_are_the_same(value in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let mut reader = Reader::new(text.as_bytes());
        prop_assert_eq!(&tree(&mut reader).unwrap(), &value);
        reader.end().unwrap();
        let mut reader = Reader::new(text.as_bytes());
        prop_assert_eq!(reader.check().unwrap(), text.as_str());
        let mut reader = Reader::new(text.as_bytes());
        prop_assert_eq!(reader.skip().unwrap(), text.as_bytes());
        for cut in 0..text.len() {
            let mut reader = Reader::new(&text.as_bytes()[..cut]);
            prop_assert!(reader.check().is_err() || matches!(value, serde_json::Value::Number(_)));
        }
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[^\0]{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map("[a-z\"\\\\]{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn tree(reader: &mut Reader<'_>) -> Result<serde_json::Value, JsonError> {
    Ok(match reader.peek()? {
        Kind::Null => reader.null().map(|()| serde_json::Value::Null)?,
        Kind::Boolean => reader.boolean()?.into(),
        Kind::Number => reader.integer()?.into(),
        Kind::String => reader.string()?.into(),
        Kind::Array => {
            let mut items = Vec::new();
            reader.begin_array()?;
            while reader.next_element()? {
                items.push(tree(reader)?);
            }
            items.into()
        }
        Kind::Object => {
            let mut members = serde_json::Map::new();
            reader.begin_object()?;
            while let Some(key) = reader.next_key()? {
                members.insert(key.into_owned(), tree(reader)?);
            }
            members.into()
        }
    })
}
