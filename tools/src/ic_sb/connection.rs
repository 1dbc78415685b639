//! The commands on where the server of the interconnection Southbound database listens: `get-connection`, `set-connection`, `del-connection`.

use super::LOG_MODULE;
use crate::ctl::context::CtlCommand;
use crate::ctl::remotes::{self, Access};
use ovn_ic::sb::ops::connection;

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = remotes::connection_commands(
    |ctx| remotes::get_connection(ctx, Access::Unsaid, connection::list),
    |ctx| Ok(connection::replace(ctx.txn, &[])?),
    |ctx| remotes::set_connection(ctx, Access::Unsaid, LOG_MODULE, connection::replace),
);
