//! The errors that ovs-vswitchd reports for the interfaces that a line made.

use crate::ctl::remote;
use ovs_vswitch::tables::Interface;
use ovsdb_proto::row::{ReadError, Ref};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;

/// What is wrong with the interfaces, one message each as ovs-vsctl words it, and where to look for
/// more; nothing if all have a port number.
///
/// # Errors
/// What reading may lack.
pub(super) fn complaints(txn: &Txn<'_>, made: &[Uuid]) -> Result<Vec<String>, ReadError> {
    let rows: Vec<Ref<Interface>> = made.iter().map(|uuid| Ref::new(*uuid)).collect();
    let columns = [Interface::NAME.any(), Interface::OFPORT.any(), Interface::ERROR.any()];
    txn.fetch(&rows, &columns)?;
    let mut lines = Vec::new();
    for row in rows {
        // one that went away again is nobody's concern
        let Some(row) = txn.by_uuid(row, &columns)? else { continue };
        if txn.get(row, Interface::OFPORT)?.is_some_and(|port| port != -1) {
            continue;
        }
        let name = txn.get(row, Interface::NAME)?;
        let error = txn.get(row, Interface::ERROR)?.filter(|e| !e.is_empty());
        let error = error.map_or_else(String::new, |e| format!(": {e}"));
        lines.push(format!(
            "Error detected while setting up '{name}'{error}.  See ovs-vswitchd log for details."
        ));
    }
    if !lines.is_empty() {
        let env = |name: &str| std::env::var(name).ok();
        let folder = remote::folder(&env, "OVS_LOGDIR", "/var/log/openvswitch");
        lines.push(format!("The default log directory is \"{folder}\"."));
    }
    Ok(lines)
}
