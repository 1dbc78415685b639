//! What `br-set-external-id` and `br-get-external-id` do: what others note on a bridge.

use super::error::OpError;
use super::topology::Topology;
use crate::tables::{Bridge, Port};
use ovsdb_proto::row::Ref;
use ovsdb_proto::txn::Txn;
use std::collections::BTreeMap;

/// How keys of a VLAN bridge begin among those of the port that it is.
const FAKE_PREFIX: &str = "fake-bridge-";

enum Holder {
    Bridge(Ref<Bridge>),
    // the port that a VLAN bridge is
    Port(Ref<Port>),
}

fn holder(t: &mut Txn<'_>, bridge: &str) -> Result<Holder, OpError> {
    let topology = Topology::read(t)?;
    let (_, found) = topology.bridge(bridge)?;
    topology.verify_bridges(t)?;
    match (found.vlan, topology.any_port(bridge)) {
        (Some(_), Some(port)) => Ok(Holder::Port(port.row)),
        _ => Ok(Holder::Bridge(found.row)),
    }
}

fn read(t: &mut Txn<'_>, holder: &Holder) -> Result<BTreeMap<String, String>, OpError> {
    Ok(match holder {
        Holder::Bridge(row) => {
            t.verify(*row, Bridge::EXTERNAL_IDS)?;
            t.get(*row, Bridge::EXTERNAL_IDS)?
        }
        Holder::Port(row) => {
            t.verify(*row, Port::EXTERNAL_IDS)?;
            t.get(*row, Port::EXTERNAL_IDS)?
        }
    })
}

/// Notes `value` under `key`, or takes the key away.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn set(t: &mut Txn<'_>, bridge: &str, key: &str, value: Option<&str>) -> Result<(), OpError> {
    let holder = holder(t, bridge)?;
    let mut ids = read(t, &holder)?;
    let key = match holder {
        Holder::Bridge(_) => key.to_owned(),
        Holder::Port(_) => format!("{FAKE_PREFIX}{key}"),
    };
    match value {
        Some(value) => ids.insert(key, value.to_owned()),
        None => ids.remove(&key),
    };
    match holder {
        Holder::Bridge(row) => t.set(row, Bridge::EXTERNAL_IDS, &ids)?,
        Holder::Port(row) => t.set(row, Port::EXTERNAL_IDS, &ids)?,
    }
    Ok(())
}

/// Everything noted on a bridge.
///
/// # Errors
/// [`OpError::NotFound`].
pub fn get(t: &mut Txn<'_>, bridge: &str) -> Result<BTreeMap<String, String>, OpError> {
    let holder = holder(t, bridge)?;
    let ids = read(t, &holder)?;
    Ok(match holder {
        Holder::Bridge(_) => ids,
        Holder::Port(_) => {
            ids.into_iter().filter_map(|(k, v)| Some((k.strip_prefix(FAKE_PREFIX)?.to_owned(), v))).collect()
        }
    })
}
