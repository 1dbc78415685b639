//! The commands on the TLS files of a node: `get-ssl`, `set-ssl`, `del-ssl`.

use crate::ctl::context::CtlCommand;
use crate::ctl::remotes;
use ovs_vswitch::ops::ssl;

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = remotes::plain_ssl_commands(
    |ctx| remotes::get_ssl(ctx, ssl::get),
    |ctx| Ok(ssl::replace(ctx.txn, None)?),
    |ctx| remotes::set_ssl(ctx, ssl::replace),
);
