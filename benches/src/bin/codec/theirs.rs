//! The same work done with serde_json, as well as it can be done: borrowed, without intermediate trees.

use crate::rows::{Acl, Port, Row, Switch};
use ovsdb_proto::value::Uuid;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::hint::black_box;
use std::marker::PhantomData;

pub(crate) fn value_rows(bytes: &[u8]) -> usize {
    let reply: Value = serde_json::from_slice(bytes).expect("well-formed");
    count(&reply["result"])
}

pub(crate) fn value_updates(stream: &[u8]) -> usize {
    let messages = serde_json::Deserializer::from_slice(stream).into_iter::<Value>();
    messages.map(|message| count(&message.expect("well-formed")["params"][1])).sum()
}

fn count(updates: &Value) -> usize {
    updates.as_object().into_iter().flatten().map(|(_, rows)| rows.as_object().map_or(0, |r| r.len())).sum()
}

pub(crate) fn reply(bytes: &[u8]) -> Vec<(Uuid, Row<'_>)> {
    serde_json::from_slice::<Reply<'_>>(bytes).expect("well-formed").result.0
}

pub(crate) fn updates(stream: &[u8]) -> usize {
    let messages = serde_json::Deserializer::from_slice(stream).into_iter::<Update<'_>>();
    messages.map(|message| black_box(message.expect("well-formed").params.1).0.len()).sum()
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(rename = "id")]
    _id: u64,
    #[serde(borrow)]
    result: TableUpdates<'a>,
    #[serde(rename = "error")]
    _error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(rename = "id")]
    _id: Option<u64>,
    #[serde(rename = "method")]
    _method: &'a str,
    #[serde(borrow)]
    params: (IgnoredAny, TableUpdates<'a>),
}

struct TableUpdates<'a>(Vec<(Uuid, Row<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for TableUpdates<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tables<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Tables<'a> {
            type Value = TableUpdates<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("table updates")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut tables: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::new();
                while let Some(Text(table)) = tables.next_key()? {
                    match &*table {
                        "Logical_Switch_Port" => {
                            tables.next_value_seed(Rows(&mut rows, |r| Row::Port(PortRow::into(r))))?
                        }
                        "Logical_Switch" => {
                            tables.next_value_seed(Rows(&mut rows, |r| Row::Switch(SwitchRow::into(r))))?
                        }
                        _ => tables.next_value_seed(Rows(&mut rows, |r| Row::Acl(AclRow::into(r))))?,
                    }
                }
                Ok(TableUpdates(rows))
            }
        }
        deserializer.deserialize_map(Tables(PhantomData))
    }
}

struct Rows<'r, 'a, R>(&'r mut Vec<(Uuid, Row<'a>)>, fn(R) -> Row<'a>);

impl<'de: 'a, 'a, R: Deserialize<'de>> de::DeserializeSeed<'de> for Rows<'_, 'a, R> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de: 'a, 'a, R: Deserialize<'de>> Visitor<'de> for Rows<'_, 'a, R> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some((uuid, change)) = rows.next_entry::<RowId, Change<R>>()? {
            let (Change::Initial(row) | Change::Insert(row) | Change::Modify(row)) = change;
            self.0.push((uuid.0, (self.1)(row)));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Change<R> {
    Initial(R),
    Insert(R),
    Modify(R),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PortRow<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    addresses: Texts<'a>,
    #[serde(borrow)]
    port_security: Texts<'a>,
    enabled: Option<bool>,
    up: Option<bool>,
    #[serde(borrow)]
    parent_name: Texts<'a>,
    tag: Option<i64>,
    dhcpv4_options: Uuids,
    #[serde(borrow)]
    options: Pairs<'a>,
    #[serde(borrow)]
    external_ids: Pairs<'a>,
}

impl<'a> From<PortRow<'a>> for Port<'a> {
    fn from(row: PortRow<'a>) -> Port<'a> {
        Port {
            name: row.name,
            addresses: row.addresses.0,
            port_security: row.port_security.0,
            enabled: row.enabled,
            up: row.up,
            parent_name: row.parent_name.0.into_iter().next(),
            tag: row.tag,
            dhcpv4_options: row.dhcpv4_options.0.first().copied(),
            options: row.options.0,
            external_ids: row.external_ids.0,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SwitchRow<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    ports: Uuids,
    #[serde(borrow)]
    external_ids: Pairs<'a>,
}

impl<'a> From<SwitchRow<'a>> for Switch<'a> {
    fn from(row: SwitchRow<'a>) -> Switch<'a> {
        Switch { name: row.name, ports: row.ports.0, external_ids: row.external_ids.0 }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AclRow<'a> {
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    direction: Cow<'a, str>,
    priority: i64,
    #[serde(borrow, rename = "match")]
    match_: Cow<'a, str>,
    #[serde(borrow)]
    external_ids: Pairs<'a>,
}

impl<'a> From<AclRow<'a>> for Acl<'a> {
    fn from(row: AclRow<'a>) -> Acl<'a> {
        Acl {
            action: row.action,
            direction: row.direction,
            priority: row.priority,
            match_: row.match_,
            external_ids: row.external_ids.0,
        }
    }
}

/// A string that borrows where it can, also inside of vectors.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Borrowing<'a> {
            type Value = Text<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowing(PhantomData))
    }
}

struct RowId(Uuid);

impl<'de> Deserialize<'de> for RowId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        text.parse().map(RowId).map_err(de::Error::custom)
    }
}

#[derive(Default)]
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSet<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for OneOrSet<'a> {
            type Value = Texts<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a set of strings")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Texts<'a>, E> {
                Ok(Texts(vec![Cow::Borrowed(text)]))
            }
            fn visit_str<E>(self, text: &str) -> Result<Texts<'a>, E> {
                Ok(Texts(vec![Cow::Owned(text.to_owned())]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts<'a>, A::Error> {
                tag(&mut seq, "set")?;
                let texts: Vec<Text<'a>> = element(&mut seq)?;
                Ok(Texts(texts.into_iter().map(|t| t.0).collect()))
            }
        }
        deserializer.deserialize_any(OneOrSet(PhantomData))
    }
}

#[derive(Default)]
struct Uuids(Vec<Uuid>);

impl<'de> Deserialize<'de> for Uuids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSet;
        impl<'de> Visitor<'de> for OneOrSet {
            type Value = Uuids;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a UUID or a set of UUIDs")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Uuids, A::Error> {
                match element(&mut seq)? {
                    "uuid" => Ok(Uuids(vec![element::<_, RowId>(&mut seq)?.0])),
                    _ => {
                        Ok(Uuids(element::<_, Vec<TaggedUuid>>(&mut seq)?.into_iter().map(|u| u.0).collect()))
                    }
                }
            }
        }
        deserializer.deserialize_seq(OneOrSet)
    }
}

struct TaggedUuid(Uuid);

impl<'de> Deserialize<'de> for TaggedUuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (_, RowId(uuid)) = <(&str, RowId)>::deserialize(deserializer)?;
        Ok(TaggedUuid(uuid))
    }
}

#[derive(Default)]
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Map<'a> {
            type Value = Pairs<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pairs<'a>, A::Error> {
                tag(&mut seq, "map")?;
                let pairs: Vec<(Text<'a>, Text<'a>)> = element(&mut seq)?;
                Ok(Pairs(pairs.into_iter().map(|(k, v)| (k.0, v.0)).collect()))
            }
        }
        deserializer.deserialize_seq(Map(PhantomData))
    }
}

fn element<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| de::Error::custom("too few elements"))
}

fn tag<'de, A: SeqAccess<'de>>(seq: &mut A, tag: &str) -> Result<(), A::Error> {
    if element::<A, &str>(seq)? == tag { Ok(()) } else { Err(de::Error::custom("wrong tag")) }
}
