//! In which order do the C tools list the rows of a table?
//!
//! They walk a hash table of their client library; that was filled in the order of another one, the members of the JSON object in which the rows came;
//! and those came sorted by UUID. So the order follows from the UUIDs alone. It is as good as any, and scripts have come to see it.

use ovsdb_proto::row::ReadError;
use ovsdb_proto::schema::{ColumnSet, TableId};
use ovsdb_proto::txn::{RowId, Txn};
use ovsdb_proto::value::Uuid;
use std::collections::HashMap;

/// Puts all rows of a table into the order in which the C tools list them.
pub fn walk(mut rows: Vec<RowId>) -> Vec<RowId> {
    rows.sort_unstable();
    let as_members = through_hash_table(rows, &|row| hash_text(row.uuid));
    through_hash_table(as_members, &|row| row.uuid.first_word())
}

/// Puts all rows of a table, as the transaction sees them, into the order in which the C tools list them in the middle of a line: rows that the line takes
/// away keep their place in the hash table, and those that it makes come into it last.
///
/// # Errors
/// The snapshot does not hold the table's rows.
pub fn walk_edited(txn: &Txn<'_>, table: TableId, rows: Vec<RowId>) -> Result<Vec<RowId>, ReadError> {
    let known = txn.base().find(table, &[], ColumnSet::EMPTY)?;
    let mut before: Vec<RowId> = known.into_iter().map(|uuid| RowId { table, uuid }).collect();
    before.sort_unstable();
    if before == rows {
        return Ok(walk(rows));
    }
    let new = rows.iter().filter(|row| before.binary_search(row).is_err()).copied();
    let new: Vec<RowId> = new.collect();
    let mut all = through_hash_table(before, &|row| hash_text(row.uuid));
    all.extend(new);
    let mut walked = through_hash_table(all, &|row| row.uuid.first_word());
    walked.retain(|row| rows.binary_search(row).is_ok());
    Ok(walked)
}

/// Puts all rows of a table, with their names, into the order in which the C tools list them by name: they go through one more hash table, by name, before
/// they are sorted. Of rows of one name it does not matter which bucket they are in.
pub fn by_name(rows: Vec<(RowId, String)>) -> Vec<(RowId, String)> {
    let mut names: HashMap<RowId, String> = rows.into_iter().collect();
    let walked = walk(names.keys().copied().collect());
    let rows = through_hash_table(walked, &|_| 0);
    let mut named: Vec<(RowId, String)> =
        rows.into_iter().filter_map(|row| names.remove(&row).map(|name| (row, name))).collect();
    named.sort_by(|a, b| a.1.cmp(&b.1));
    named
}

/// The order in which items stand in a hash table of Open vSwitch into which they were put one by one.
///
/// A bucket is a list that grows at its head. The table grows once there are more than two items a bucket, every bucket being emptied from its head.
fn through_hash_table(items: Vec<RowId>, hash: &dyn Fn(&RowId) -> u32) -> Vec<RowId> {
    let mut buckets: Vec<Vec<(u32, RowId)>> = vec![Vec::new()];
    for (n, item) in (1..).zip(items) {
        put(&mut buckets, (hash(&item), item));
        let mask = buckets.len() - 1;
        if n / 2 > mask {
            let size = (n / 2 + 1).next_power_of_two().max(4);
            let old = std::mem::replace(&mut buckets, vec![Vec::new(); size]);
            for entry in old.into_iter().flat_map(|bucket| bucket.into_iter().rev()) {
                put(&mut buckets, entry);
            }
        }
    }
    buckets.into_iter().flat_map(|bucket| bucket.into_iter().rev().map(|entry| entry.1)).collect()
}

/// The head of the list is the end of the vector.
fn put(buckets: &mut [Vec<(u32, RowId)>], entry: (u32, RowId)) {
    let mask = u32::try_from(buckets.len() - 1).unwrap_or(u32::MAX);
    if let Some(bucket) = usize::try_from(entry.0 & mask).ok().and_then(|i| buckets.get_mut(i)) {
        bucket.push(entry);
    }
}

/// MurmurHash3 (32 bits, seed 0) of the text form, by which JSON objects are kept.
fn hash_text(uuid: Uuid) -> u32 {
    let mut buffer = [0; 36];
    let text = uuid.encode(&mut buffer);
    let mut hash = 0u32;
    for word in text.as_bytes().chunks_exact(4) {
        let word = word.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        let mixed = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = (hash ^ mixed).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= 36;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED_5: &[&str] = &[
        "b0404885-5f54-4a02-99c7-5da40055f076",
        "b3c5ea55-a85c-4f36-9004-0e6ae491c298",
        "9df8cede-4bdf-4d37-ae53-2b651139a535",
        "1695ebe7-659d-4e33-af23-b1c37fe5f586",
        "e8bdb39b-6247-4a24-afc6-14b03a5b46f1",
    ];
    const LISTED_19: &[&str] = &[
        "ff588360-06e9-4b6a-b7b1-0deb05c5bfe5",
        "81988250-805d-4e83-8d8b-7adfde1f1902",
        "e5265ed1-30b6-4296-8c94-8c2b39b1879a",
        "68abe9c3-d325-43d8-846c-f079e9a5a7ab",
        "b0404885-5f54-4a02-99c7-5da40055f076",
        "b3c5ea55-a85c-4f36-9004-0e6ae491c298",
        "1cf05fb5-e788-411f-9d20-5dabcf5b266f",
        "b39e3096-4bb4-436c-883a-6b98e8d5a290",
        "55757ed7-fc5e-41f1-8d3d-a2653618b0c4",
        "1695ebe7-659d-4e33-af23-b1c37fe5f586",
        "abfe9ee8-e23b-427b-b238-736abc076f5f",
        "39917f19-9f45-42ba-b4b8-452d6705b71e",
        "60f3661a-1833-4743-9bc3-3e0a6338b78a",
        "494e02ea-cd0e-434e-9683-4e6b92f16699",
        "6c8b94ab-d7eb-4547-b23c-47900b71af90",
        "e8bdb39b-6247-4a24-afc6-14b03a5b46f1",
        "c372743c-4e03-4137-9364-1ed92a7b5b77",
        "1e9ca2dc-a3f0-41dd-ac35-0e75bc73e8d9",
        "9df8cede-4bdf-4d37-ae53-2b651139a535",
    ];

    // as `ovn-nbctl --columns=_uuid list Address_Set` of 23.03 and 26.03 printed them
    #[test]
    fn as_the_c_tools_list() {
        for listed in [LISTED_5, LISTED_19] {
            let expect: Vec<RowId> =
                listed.iter().map(|text| RowId { table: TableId(0), uuid: text.parse().unwrap() }).collect();
            let mut rows = expect.clone();
            rows.reverse();
            assert_eq!(walk(rows), expect);
        }
        assert_eq!(walk(Vec::new()), []);
    }
}
