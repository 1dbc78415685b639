//! How are operations carried out on a database that nobody else uses?

use crate::engine::{Context, Database, Execution, Ids};
use ovsdb_proto::json::Writer;
use ovsdb_proto::op::{Operation, UnknownId, encode};
use ovsdb_proto::schema::DatabaseSchema;

/// The parameters of `transact`: the database's name and these operations.
pub(super) fn parameters(schema: &DatabaseSchema, operations: &[Operation]) -> Result<Vec<u8>, UnknownId> {
    let mut params = Vec::new();
    let mut writer = Writer::new(&mut params);
    writer.begin_array();
    writer.string(&schema.name);
    encode(operations, schema, &mut writer)?;
    writer.end_array();
    Ok(params)
}

/// Carries out a transaction, and answers with its results; none if it would have to wait.
pub(super) fn transact(database: &mut Database, params: &[u8]) -> Vec<u8> {
    let mut ids = Ids::new(seed_of(database));
    let mut cx = Context::new(&mut ids);
    let mut reply = Vec::new();
    if let Execution::Done { commit: Some(commit) } = database.execute(params, &mut cx, &mut reply) {
        database.apply(&commit);
    }
    reply
}

/// Bits that are the same for the same rows, so that a test can be repeated, and others after each change, so that no UUID is given twice.
pub(super) fn seed_of(database: &Database) -> u128 {
    let schema = database.schema();
    let tables = schema.tables().iter().filter_map(|table| schema.table_id(&table.name));
    let rows = tables.flat_map(|table| database.rows(table));
    rows.fold(0, |bits, row| bits ^ row.version().as_u128())
}
