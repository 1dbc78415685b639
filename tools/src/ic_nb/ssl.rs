//! The commands on the TLS files of the server of the interconnection Northbound database: `get-ssl`, `set-ssl`, `del-ssl`.

use crate::ctl::context::CtlCommand;
use crate::ctl::remotes;
use ovn_ic::nb::ops::ssl;

/// The commands.
pub(super) static COMMANDS: [CtlCommand; 3] = remotes::ssl_commands(
    |ctx| remotes::get_ssl(ctx, ssl::get),
    |ctx| Ok(ssl::replace(ctx.txn, None)?),
    |ctx| remotes::set_ssl(ctx, ssl::replace),
);
