//! What do `lock`, `steal` and `unlock` print until something ends them?

use super::open::receive_failed;
use super::run::Session;
use super::server::Server;
use crate::ctl::error::CtlError;
use ovsdb_proto::rpc::{Message, id_number};

/// Asks for a lock, or gives one back, and stays connected, since the lock is gone with the connection; prints what the server answers and what becomes
/// of the lock.
///
/// # Errors
/// The connection ends; stdout takes no more.
pub async fn lock(
    session: &mut Session<'_>,
    server: &mut Server,
    (method, lock): (&str, &str),
) -> Result<(), CtlError> {
    let request = server.send(method, |w| w.string(lock));
    loop {
        let told = server.receive(|message| match message {
            Message::Reply { id, result, error: None } if id_number(id) == Some(request) => {
                Some((None, result.to_vec()))
            }
            Message::Reply { id, error: Some(error), .. }
                if id_number(id) == Some(request) && session.called.is_own_name() =>
            {
                Some((Some("error".to_owned()), error.to_vec()))
            }
            Message::Notification { method, params } => Some((Some(method.into_owned()), params.to_vec())),
            _ => None,
        });
        let (method, json) = told.await.map_err(|e| receive_failed(server, &e))?;
        if let Some(method) = method {
            session.print_line(&method)?;
        }
        session.print_json(&json)?;
        session.sink.flush()?;
        if session.sink.is_closed() {
            return Ok(());
        }
    }
}
