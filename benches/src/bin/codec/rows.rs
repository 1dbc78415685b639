//! What is decoded to: rows of three tables with columns of every form, borrowed from the message.

use ovsdb_proto::value::Uuid;
use std::borrow::Cow;

#[derive(Debug, PartialEq)]
pub(crate) enum Row<'a> {
    Port(Port<'a>),
    Switch(Switch<'a>),
    Acl(Acl<'a>),
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Port<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) addresses: Vec<Cow<'a, str>>,
    pub(crate) port_security: Vec<Cow<'a, str>>,
    pub(crate) enabled: Option<bool>,
    pub(crate) up: Option<bool>,
    pub(crate) parent_name: Option<Cow<'a, str>>,
    pub(crate) tag: Option<i64>,
    pub(crate) dhcpv4_options: Option<Uuid>,
    pub(crate) options: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(crate) external_ids: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Switch<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) ports: Vec<Uuid>,
    pub(crate) external_ids: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Acl<'a> {
    pub(crate) action: Cow<'a, str>,
    pub(crate) direction: Cow<'a, str>,
    pub(crate) priority: i64,
    pub(crate) match_: Cow<'a, str>,
    pub(crate) external_ids: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}
