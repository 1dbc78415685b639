//! The commands on where the server of the Southbound database listens: `get-connection`, `set-connection`, `del-connection`.

use super::LOG_MODULE;
use crate::ctl::context::CtlCommand;
use crate::ctl::remotes::{self, Access};
use ovn_sb::ops::connection;

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = remotes::connection_commands(
    |ctx| remotes::get_connection(ctx, Access::Words, connection::list),
    |ctx| Ok(connection::replace(ctx.txn, &[])?),
    |ctx| remotes::set_connection(ctx, Access::Words, LOG_MODULE, connection::replace),
);
