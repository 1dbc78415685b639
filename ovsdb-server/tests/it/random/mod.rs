//! Does the server do what it should over random lists of requests: what the model says, and what real servers of two releases do?

mod against_model;
mod against_real;
mod generate;
mod names;
mod ours;
mod real;
pub(crate) mod schema;
mod source;
mod values;

use generate::{Generator, Request, Without};
use source::Seeded;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many lists are tried with the model, and how many requests each has.
const LISTS: u64 = 2000;
const REQUESTS: usize = 24;
/// The same with real servers.
const LISTS_REAL: u64 = 120;
const REQUESTS_REAL: usize = 60;

const WITHOUT_REAL: Without = Without { since: true, several: true, smallest: true };

/// Tries the lists of these seeds on all processors; a list that fails is made as short as possible, and shown with its seed. In the
/// environment `RANDOM_SEED` chooses one seed, `RANDOM_LISTS` another number of lists.
fn check_seeds(count: u64, requests: usize, without: Without, check: fn(&[Request]) -> Result<(), String>) {
    let list = |seed| Generator::new(&mut Seeded(seed), without).list(requests);
    let asked = |name| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let count = asked("RANDOM_LISTS").unwrap_or(count);
    if let Some(seed) = asked("RANDOM_SEED") {
        return fails(check, list(seed)).map_or((), |failure| panic!("seed {seed}: {failure}"));
    }
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= count {
                return None;
            }
            if let Some(failure) = fails(check, list(seed)) {
                next.store(count, Ordering::Relaxed);
                return Some(format!("seed {seed}: {failure}"));
            }
        }
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What is wrong, and the shortest list found that shows it.
fn fails(check: fn(&[Request]) -> Result<(), String>, mut list: Vec<Request>) -> Option<String> {
    let mut failure = check(&list).err()?;
    let mut step = list.len().div_ceil(2);
    loop {
        let mut at = 0;
        let mut any = false;
        while at < list.len() {
            let mut shorter = list.clone();
            shorter.drain(at..(at + step).min(list.len()));
            match check(&shorter) {
                Err(other) => (list, failure, any) = (shorter, other, true),
                Ok(()) => at += step,
            }
        }
        if !any && step == 1 {
            break;
        }
        step = step.div_ceil(2);
    }
    let requests: Vec<String> = list
        .iter()
        .map(|request| format!("  {} {} {}", request.serial, request.method, request.params))
        .collect();
    Some(format!("{failure}\nin the list\n{}", requests.join("\n")))
}

#[test]
fn the_service_does_what_the_model_does() {
    check_seeds(LISTS, REQUESTS, Without::default(), against_model::check);
}

#[test]
fn the_service_says_what_the_newest_server_says() {
    check_seeds(LISTS_REAL, REQUESTS_REAL, WITHOUT_REAL, against_real::newest);
}

#[test]
fn the_service_says_what_the_oldest_server_says() {
    check_seeds(LISTS_REAL, REQUESTS_REAL, WITHOUT_REAL, against_real::oldest);
}

#[test]
fn what_once_failed() {
    for list in include_str!("found.txt").split("\n\n") {
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        let request = |(i, line): (usize, &'static str)| {
            let (method, params) = line.split_once(' ').unwrap();
            Request { serial: i + 1, method, params: serde_json::from_str(params).unwrap() }
        };
        let list: Vec<Request> = lines.enumerate().map(request).collect();
        against_model::check(&list).unwrap_or_else(|failure| panic!("{failure}\n{list:?}"));
    }
}
