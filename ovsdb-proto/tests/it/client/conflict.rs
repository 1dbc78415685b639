//! Is nothing lost and nothing doubled when many change the same?

use super::*;
use crate::version::ALL;

const CLIENTS: usize = 6;
const TIMES: i64 = 30;

fn count_up(t: &mut Txn<'_>) -> Result<i64, ReadError> {
    let root = t.singleton::<Root>(&[COUNT.any()])?;
    let count = t.get(root, COUNT)? + 1;
    if !t.is_new(t.row_id(root)?) {
        t.verify(root, COUNT)?;
    }
    t.set(root, COUNT, &count)?;
    Ok(count)
}

#[tokio::test]
async fn counting_up_by_reading_and_writing() {
    for version in ALL {
        let (scratch, _server) = shop(version);
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let mut client = client("unix:socket", &scratch);
                tokio::spawn(async move {
                    let mut seen = Vec::new();
                    for _ in 0..TIMES {
                        seen.push(client.transact(count_up).await.unwrap().value);
                    }
                    client.close().await;
                    seen
                })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.extend(task.await.unwrap());
        }
        seen.sort_unstable();
        let all = TIMES * i64::try_from(CLIENTS).unwrap();
        assert_eq!(seen, (1..=all).collect::<Vec<_>>(), "{version:?}");
    }
}

#[tokio::test]
async fn counters_are_read_back() {
    for version in ALL {
        let (scratch, _server) = shop(version);
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let mut client = client("unix:socket", &scratch);
                tokio::spawn(async move {
                    let mut seen = Vec::new();
                    for _ in 0..TIMES {
                        let count = |t: &mut Txn<'_>| {
                            let root = t.singleton::<Root>(&[])?;
                            t.increment(root, COUNT, true)
                        };
                        let committed = client.transact(count).await.unwrap().committed.unwrap();
                        seen.extend(committed.counters);
                    }
                    seen
                })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.extend(task.await.unwrap());
        }
        seen.sort_unstable();
        let all = TIMES * i64::try_from(CLIENTS).unwrap();
        assert_eq!(seen, (1..=all).collect::<Vec<_>>(), "{version:?}");
    }
}

/// All clients make the same things; each thing is made once, and everybody else is told in the words of the line that it is there.
#[tokio::test]
async fn names_are_given_once_by_index_and_by_guard() {
    type Add = fn(&mut Txn<'_>, &str) -> Result<(), String>;
    let by_index: Add = |t, name| add_thing(t, name).map(drop);
    let by_guard: Add = |t, name| {
        if !t.lookup(SHELF, &name.to_owned(), &[]).map_err(text)?.is_empty() {
            return Err(format!("{name} is there"));
        }
        let shelf = t.insert().map_err(text)?;
        t.set(shelf, SHELF, &name.to_owned()).map_err(text)
    };
    for (version, add) in [ALL.map(|v| (v, by_index)), ALL.map(|v| (v, by_guard))].concat() {
        let (scratch, _server) = shop(version);
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let mut client = client("unix:socket", &scratch);
                tokio::spawn(async move {
                    let mut made = 0;
                    for i in 0..40 {
                        // each in another order
                        let name = format!("n{}", (i * (n + 1)) % 41);
                        match client.transact(|t| add(t, &name)).await {
                            Ok(_) => made += 1,
                            error => assert_eq!(own(error), format!("{name} is there")),
                        }
                    }
                    made
                })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            made += task.await.unwrap();
        }
        let mut client = client("unix:socket", &scratch);
        let shelves = client.transact(|t| t.all::<Shelf>(&[])).await.unwrap().value.len();
        let things = names(&mut client).await.len();
        assert_eq!((made, shelves + things), (40 + 1, 40 + 1), "{version:?}");
    }
}

/// Runs a line over things `a` and `b` (sizes 1 and 2) while somebody else does something: each of `others` once, in the run of that number.
async fn raced<T: std::fmt::Debug>(
    version: Version,
    others: &[(u32, &str)],
    mut edit: impl FnMut(&mut Txn<'_>) -> Result<T, String>,
) -> (Result<T, String>, Vec<(String, i64)>) {
    let (scratch, _server) = shop(version);
    let things = r#"{"op":"insert","table":"Thing","row":{"name":"a","size":1}},
        {"op":"insert","table":"Thing","row":{"name":"b","size":2}}"#;
    meanwhile(scratch.path(), things);
    let mut run = 0;
    let mut client = client("unix:socket", &scratch);
    let result = client
        .transact(|t| {
            run += 1;
            others.iter().filter(|other| other.0 == run).for_each(|other| meanwhile(scratch.path(), other.1));
            edit(t)
        })
        .await;
    let result = match result {
        Ok(done) => Ok(done.value),
        error => Err(own(error)),
    };
    assert!(run < 20, "{run}");
    let read = |t: &mut Txn<'_>| {
        let mut things = Vec::new();
        for thing in t.all(&[NAME.any(), SIZE.any()])? {
            things.push((t.get(thing, NAME)?, t.get(thing, SIZE)?));
        }
        things.sort();
        Ok::<_, ReadError>(things)
    };
    (result, client.transact(read).await.unwrap().value)
}

fn things(list: &[(&str, i64)]) -> Vec<(String, i64)> {
    list.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()
}

const RENAME_A: &str = r#"{"op":"update","table":"Thing","where":[["name","==","a"]],"row":{"name":"z"}}"#;
const DELETE_A: &str = r#"{"op":"delete","table":"Thing","where":[["name","==","a"]]}"#;
const SWAP: &str = r#"{"op":"update","table":"Thing","where":[["name","==","a"]],"row":{"name":"t"}},
    {"op":"update","table":"Thing","where":[["name","==","b"]],"row":{"name":"a"}},
    {"op":"update","table":"Thing","where":[["name","==","t"]],"row":{"name":"b"}}"#;

/// Reads the size of the thing called `a` after it was found, and adds to it, without a guard of its own.
fn grow_a(t: &mut Txn<'_>) -> Result<i64, String> {
    let a = find_thing(t, "a")?;
    let size = t.get(a, SIZE).map_err(text)?;
    t.set(a, SIZE, &(size + 10)).map_err(text)?;
    Ok(size)
}

#[tokio::test]
async fn a_row_is_renamed_or_deleted_between_rounds() {
    for version in ALL {
        // run 1: nothing known; run 2: `a` found, its size asked for; run 3: committed
        let (size, left) = raced(version, &[], grow_a).await;
        assert_eq!((size, left), (Ok(1), things(&[("a", 11), ("b", 2)])));
        let (size, left) = raced(version, &[(2, RENAME_A)], grow_a).await;
        assert_eq!((size, left), (Err("no thing a".to_owned()), things(&[("b", 2), ("z", 1)])));
        let (size, left) = raced(version, &[(2, DELETE_A)], grow_a).await;
        assert_eq!((size, left), (Err("no thing a".to_owned()), things(&[("b", 2)])));
        // another has the name now
        let (size, left) = raced(version, &[(2, SWAP)], grow_a).await;
        assert_eq!((size, left), (Ok(2), things(&[("a", 12), ("b", 1)])));
    }
}

#[tokio::test]
async fn a_row_is_renamed_or_deleted_before_the_commit() {
    for version in ALL {
        // what is gone cannot be written
        let (size, left) = raced(version, &[(3, DELETE_A)], grow_a).await;
        assert_eq!((size, left), (Err("no thing a".to_owned()), things(&[("b", 2)])));
        // and what was found by its name is written whatever it is called then: as if the renaming had come later
        let (size, left) = raced(version, &[(3, RENAME_A)], grow_a).await;
        assert_eq!((size, left), (Ok(1), things(&[("b", 2), ("z", 11)])));
    }
}

#[tokio::test]
async fn a_name_is_taken_before_the_commit() {
    let take = r#"{"op":"insert","table":"Thing","row":{"name":"new"}}"#;
    let free = r#"{"op":"delete","table":"Thing","where":[["name","==","new"]]}"#;
    let add = |t: &mut Txn<'_>| add_thing(t, "new").map(drop);
    for version in ALL {
        // the first run reads nothing, the second commits once the server is found fit
        let (result, left) = raced(version, &[(2, take)], add).await;
        assert_eq!(result, Err("new is there".to_owned()));
        assert_eq!(left.len(), 3);
        // taken, and free again when somebody looks, and taken again before the next commit
        let (result, left) = raced(version, &[(2, take), (3, free), (4, take)], add).await;
        assert_eq!((result, left.len()), (Err("new is there".to_owned()), 3));
        let (result, left) = raced(version, &[(2, take), (3, free)], add).await;
        assert_eq!((result, left.len()), (Ok(()), 3));
    }
}

#[tokio::test]
async fn what_was_absent_comes_before_the_commit() {
    let shelf = r#"{"op":"insert","table":"Shelf","row":{"name":"new"}}"#;
    let thing = r#"{"op":"insert","table":"Thing","row":{"name":"c"}}"#;
    for version in ALL {
        // deletes `c` if it is there, and counts the runs that came to an end
        let edit = |t: &mut Txn<'_>| {
            let found = t.lookup(NAME, &"c".to_owned(), &[]).map_err(text)?;
            for thing in &found {
                t.delete(*thing).map_err(text)?;
            }
            let a = find_thing(t, "a")?;
            t.set(a, SIZE, &7).map_err(text)?;
            Ok(found.len())
        };
        let (found, left) = raced(version, &[(3, thing)], edit).await;
        assert_eq!((found, left), (Ok(1), things(&[("a", 7), ("b", 2)])));
        let edit = |t: &mut Txn<'_>| {
            let found = t.lookup(SHELF, &"new".to_owned(), &[]).map_err(text)?;
            let a = find_thing(t, "a")?;
            t.set(a, SIZE, &7).map_err(text)?;
            Ok(found.len())
        };
        let (found, _) = raced(version, &[(3, shelf)], edit).await;
        assert_eq!(found, Ok(1));
    }
}

#[tokio::test]
async fn sets_and_maps_are_changed_in_part_by_all_at_once() {
    for version in ALL {
        let (scratch, _server) = shop(version);
        let mut first = client("unix:socket", &scratch);
        first.transact(|t| add_thing(t, "a")).await.unwrap();
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let mut client = client("unix:socket", &scratch);
                tokio::spawn(async move {
                    for i in 0..TIMES {
                        let add = |t: &mut Txn<'_>| {
                            let a = find_thing(t, "a")?;
                            let part = t.insert().map_err(text)?;
                            t.set(part, LABEL, &format!("{n}-{i}")).map_err(text)?;
                            t.add(a, PARTS, &part).map_err(text)?;
                            Ok::<_, String>(part)
                        };
                        let added = client.transact(add).await.unwrap();
                        let part = Ref::<Part>::new(added.real(added.value.uuid()));
                        if i % 3 == 0 {
                            let remove = |t: &mut Txn<'_>| {
                                let a = find_thing(t, "a")?;
                                t.remove(a, PARTS, &part).map_err(text)
                            };
                            client.transact(remove).await.unwrap();
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let parts = first.transact(|t| t.all(&[LABEL.any()])).await.unwrap().value.len();
        assert_eq!(parts, CLIENTS * usize::try_from(TIMES).unwrap() * 2 / 3, "{version:?}");
    }
}
