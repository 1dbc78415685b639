//! Which queries a transaction found unanswered, each once.

use crate::op::Condition;
use crate::row::Query;
use crate::schema::TableId;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct MissingLog {
    queries: Vec<Query>,
    at: HashMap<(TableId, Vec<Condition>), usize>,
}

impl MissingLog {
    pub(super) fn note(&mut self, query: &Query) {
        let key = (query.table, query.conditions.clone());
        let place = *self.at.entry(key).or_insert(self.queries.len());
        match self.queries.get_mut(place) {
            Some(known) => known.columns = known.columns.union(query.columns),
            None => self.queries.push(query.clone()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    pub(super) fn queries(&self) -> Vec<Query> {
        self.queries.clone()
    }
}
