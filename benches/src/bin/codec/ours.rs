//! The work done with ovsdb-proto.

use crate::rows::{Acl, Port, Row, Switch};
use ovsdb_proto::frame::Framer;
use ovsdb_proto::limits::FRAME_BYTES_MAX;
use ovsdb_proto::monitor::{AtomRef, DatumRef, MonitorMethod, Updates, open_notification, open_reply};
use ovsdb_proto::value::{DatumError, Uuid};
use std::borrow::Cow;
use std::hint::black_box;

/// Cuts `stream` into frames, which are seen as if read 64 KiB at a time.
fn each_frame<'a>(stream: &'a [u8], mut see: impl FnMut(&'a [u8])) -> usize {
    let mut framer = Framer::new(FRAME_BYTES_MAX);
    let (mut consumed, mut received, mut frames) = (0, 0, 0);
    while received < stream.len() {
        received = stream.len().min(received + (64 << 10));
        while let Some(range) = framer.find(&stream[consumed..received]).expect("well-formed") {
            see(&stream[consumed + range.start..consumed + range.end]);
            consumed += range.end;
            frames += 1;
        }
    }
    frames
}

pub(crate) fn frames(stream: &[u8]) -> usize {
    each_frame(stream, |frame| {
        black_box(frame);
    })
}

#[inline(always)]
fn replied(frame: &[u8]) -> Updates<'_> {
    open_reply(frame, 1, MonitorMethod::Cond).expect("well-formed").expect("a reply").updates
}

#[inline(always)]
fn notified(frame: &[u8]) -> Updates<'_> {
    open_notification(frame).expect("well-formed").expect("a notification").updates
}

pub(crate) fn walk_reply(stream: &[u8]) -> usize {
    let mut rows = 0;
    each_frame(stream, |frame| rows += walk(replied(frame)).expect("well-formed"));
    rows
}

pub(crate) fn walk_updates(stream: &[u8]) -> usize {
    let mut rows = 0;
    each_frame(stream, |frame| rows += walk(notified(frame)).expect("well-formed"));
    rows
}

pub(crate) fn reply(stream: &[u8]) -> Vec<(Uuid, Row<'_>)> {
    let mut rows = Vec::new();
    each_frame(stream, |frame| decode(replied(frame), &mut rows).expect("well-formed"));
    rows
}

pub(crate) fn updates(stream: &[u8]) -> usize {
    let mut n = 0;
    each_frame(stream, |frame| {
        let mut rows = Vec::new();
        decode(notified(frame), &mut rows).expect("well-formed");
        n += black_box(rows).len();
    });
    n
}

/// Reads every value with its type, and keeps nothing but a sum of all of them.
#[inline(always)]
fn walk(mut updates: Updates<'_>) -> Result<usize, DatumError> {
    let (mut rows, mut sum) = (0, 0);
    while let Some(table) = updates.next_table()? {
        sum += table.len() as u64;
        while let Some((uuid, change)) = updates.next_row()? {
            sum += u64::from(uuid.first_word()) + change as u64;
            rows += 1;
            while let Some(column) = updates.next_column()? {
                sum += column.len() as u64;
                match updates.value()? {
                    DatumRef::Atom(atom) => sum += seen(&atom),
                    DatumRef::Set(mut set) => {
                        while let Some(atom) = set.next()? {
                            sum += seen(&atom);
                        }
                    }
                    DatumRef::Map(mut map) => {
                        while let Some((key, value)) = map.next()? {
                            sum += seen(&key) + seen(&value);
                        }
                    }
                }
            }
        }
    }
    black_box(sum);
    Ok(rows)
}

fn seen(atom: &AtomRef<'_>) -> u64 {
    match atom {
        AtomRef::Integer(n) => n.unsigned_abs() >> 1,
        AtomRef::Real(n) => n.to_bits() >> 1,
        AtomRef::Boolean(b) => u64::from(*b),
        AtomRef::String(text) => text.len() as u64,
        AtomRef::Uuid(uuid) => u64::from(uuid.first_word()),
    }
}

fn decode<'a>(mut updates: Updates<'a>, rows: &mut Vec<(Uuid, Row<'a>)>) -> Result<(), DatumError> {
    while let Some(table) = updates.next_table()? {
        while let Some((uuid, _)) = updates.next_row()? {
            let row = match &*table {
                "Logical_Switch_Port" => Row::Port(port(&mut updates)?),
                "Logical_Switch" => Row::Switch(switch(&mut updates)?),
                _ => Row::Acl(acl(&mut updates)?),
            };
            rows.push((uuid, row));
        }
    }
    Ok(())
}

fn port<'a>(updates: &mut Updates<'a>) -> Result<Port<'a>, DatumError> {
    let mut port = Port::default();
    while let Some(column) = updates.next_column()? {
        let value = updates.value()?;
        match &*column {
            "name" => port.name = text(value),
            "addresses" => port.addresses = texts(value)?,
            "port_security" => port.port_security = texts(value)?,
            "enabled" => port.enabled = boolean(&value),
            "up" => port.up = boolean(&value),
            "parent_name" => port.parent_name = texts(value)?.pop(),
            "tag" => port.tag = integer(&value),
            "dhcpv4_options" => port.dhcpv4_options = uuids(value)?.pop(),
            "options" => port.options = map(value)?,
            "external_ids" => port.external_ids = map(value)?,
            _ => {}
        }
    }
    Ok(port)
}

fn switch<'a>(updates: &mut Updates<'a>) -> Result<Switch<'a>, DatumError> {
    let mut switch = Switch::default();
    while let Some(column) = updates.next_column()? {
        let value = updates.value()?;
        match &*column {
            "name" => switch.name = text(value),
            "ports" => switch.ports = uuids(value)?,
            "external_ids" => switch.external_ids = map(value)?,
            _ => {}
        }
    }
    Ok(switch)
}

fn acl<'a>(updates: &mut Updates<'a>) -> Result<Acl<'a>, DatumError> {
    let mut acl = Acl::default();
    while let Some(column) = updates.next_column()? {
        let value = updates.value()?;
        match &*column {
            "action" => acl.action = text(value),
            "direction" => acl.direction = text(value),
            "priority" => acl.priority = integer(&value).unwrap_or(0),
            "match" => acl.match_ = text(value),
            "external_ids" => acl.external_ids = map(value)?,
            _ => {}
        }
    }
    Ok(acl)
}

fn text<'a>(value: DatumRef<'_, 'a>) -> Cow<'a, str> {
    match value {
        DatumRef::Atom(AtomRef::String(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn boolean(value: &DatumRef<'_, '_>) -> Option<bool> {
    if let DatumRef::Atom(AtomRef::Boolean(b)) = value { Some(*b) } else { None }
}

fn integer(value: &DatumRef<'_, '_>) -> Option<i64> {
    if let DatumRef::Atom(AtomRef::Integer(n)) = value { Some(*n) } else { None }
}

fn texts<'a>(value: DatumRef<'_, 'a>) -> Result<Vec<Cow<'a, str>>, DatumError> {
    let mut set = match value {
        DatumRef::Set(set) => set,
        one => return Ok(vec![text(one)]),
    };
    let mut texts = Vec::new();
    while let Some(AtomRef::String(text)) = set.next()? {
        texts.push(text);
    }
    Ok(texts)
}

fn uuids(value: DatumRef<'_, '_>) -> Result<Vec<Uuid>, DatumError> {
    let mut uuids = Vec::new();
    match value {
        DatumRef::Atom(AtomRef::Uuid(uuid)) => uuids.push(uuid),
        DatumRef::Set(mut set) => {
            while let Some(AtomRef::Uuid(uuid)) = set.next()? {
                uuids.push(uuid);
            }
        }
        other => panic!("{other:?}"),
    }
    Ok(uuids)
}

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn map<'a>(value: DatumRef<'_, 'a>) -> Result<Pairs<'a>, DatumError> {
    let DatumRef::Map(mut map) = value else { panic!("{value:?}") };
    let mut pairs = Vec::new();
    while let Some((AtomRef::String(key), AtomRef::String(value))) = map.next()? {
        pairs.push((key, value));
    }
    Ok(pairs)
}
