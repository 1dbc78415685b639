//! Elements of sets of references found by keys of theirs, without reading the whole set each time.

use super::{RowId, Txn};
use crate::row::{AnyColumn, Column, Missing, ReadError, Ref, Table};
use crate::schema::{ColumnId, ColumnSet, TableId};
use crate::value::{Atom, Datum, Uuid};
use std::collections::{BTreeSet, HashMap};

/// By which keys rows are found that a set refers to.
pub struct Keys<C: 'static> {
    /// What these keys are called: another name for each other way to make them.
    pub name: &'static str,
    /// The columns that keys are made of.
    pub columns: &'static [AnyColumn<C>],
    /// Likewise, those that hold anything in few rows only; see [`Txn::fetch_sparse`].
    pub rare: &'static [AnyColumn<C>],
    /// The keys of a row.
    pub of: fn(&Txn<'_>, Ref<C>) -> Result<Vec<String>, ReadError>,
}

/// The indexes of a transaction, by the name of their keys and the column with the references.
#[derive(Debug, Default)]
pub(super) struct Keyed(HashMap<(&'static str, TableId, ColumnId), Index>);

/// What an edit does to a column.
#[derive(Clone, Copy)]
pub(super) enum Touch<'d> {
    /// It may hold anything now.
    Whole,
    /// These elements came or went.
    Elements(&'d Datum),
}

#[derive(Debug)]
struct Index {
    set: (TableId, ColumnId),
    child: TableId,
    columns: ColumnSet,
    families: HashMap<Uuid, Family>,
    parents: HashMap<Uuid, Vec<Uuid>>,
    // edits that the index has not taken account of
    pending: Vec<Pending>,
}

/// The elements of the set of one row.
#[derive(Debug)]
enum Family {
    Known { keys: HashMap<Uuid, Vec<String>>, by_key: HashMap<String, BTreeSet<Uuid>> },
    Failed(ReadError),
}

#[derive(Debug)]
enum Pending {
    Parent(Uuid),
    Child(Uuid),
    Element { parent: Uuid, child: Uuid },
}

impl Keyed {
    /// Notes an edit: of one column, or of the whole row.
    pub(super) fn touch(&mut self, row: RowId, column: Option<ColumnId>, touch: Touch<'_>) {
        for index in self.0.values_mut() {
            if row.table == index.child && column.is_none_or(|column| index.columns.contains(column)) {
                index.pending.push(Pending::Child(row.uuid));
            }
            if row.table == index.set.0 && column.is_none_or(|column| column == index.set.1) {
                match touch {
                    Touch::Whole => index.pending.push(Pending::Parent(row.uuid)),
                    Touch::Elements(elements) => {
                        let children = elements.atoms().iter().filter_map(Atom::as_uuid);
                        let parent = row.uuid;
                        index.pending.extend(children.map(|child| Pending::Element { parent, child }));
                    }
                }
            }
        }
    }
}

impl Txn<'_> {
    /// The rows that `parent` refers to in `set` and that have this key, in the order of their
    /// UUIDs. The commit is not guarded.
    ///
    /// The first time the set is read, with [`Keys::columns`] of all its elements; from then on
    /// only what the transaction edits is looked at.
    ///
    /// # Errors
    /// [`ReadError::Missing`] if the snapshot does not hold what is needed; whatever [`Keys::of`]
    /// returns.
    pub fn keyed<P: Table, C: Table>(
        &self,
        parent: Ref<P>,
        set: Column<P, Vec<Ref<C>>>,
        keys: &Keys<C>,
        key: &str,
    ) -> Result<Vec<Ref<C>>, ReadError> {
        self.with_family(parent, set, keys, |found| found.iter().map(|uuid| Ref::new(*uuid)).collect(), key)
    }

    /// The first of what [`Txn::keyed`] returns.
    ///
    /// # Errors
    /// As there.
    pub fn first_keyed<P: Table, C: Table>(
        &self,
        parent: Ref<P>,
        set: Column<P, Vec<Ref<C>>>,
        keys: &Keys<C>,
        key: &str,
    ) -> Result<Option<Ref<C>>, ReadError> {
        self.with_family(parent, set, keys, |found| found.first().map(|uuid| Ref::new(*uuid)), key)
    }

    fn with_family<P: Table, C: Table, R: Default>(
        &self,
        parent: Ref<P>,
        set: Column<P, Vec<Ref<C>>>,
        keys: &Keys<C>,
        take: impl FnOnce(&BTreeSet<Uuid>) -> R,
        key: &str,
    ) -> Result<R, ReadError> {
        let (row, child) = (self.row_id(parent)?, self.table::<C>()?);
        let column = self.columns::<P>(&[set.any()])?.iter().next();
        let column = column.ok_or(ReadError::NoColumn { table: P::NAME, column: set.name() })?;
        let name = (keys.name, row.table, column);
        // while keys are made the index is not in its place, so that they may read anything
        let taken = self.keyed.borrow_mut().0.remove(&name);
        let mut index = match taken {
            Some(index) => index,
            None => {
                let columns = self.columns(keys.columns)?.union(self.columns(keys.rare)?);
                let (families, parents) = (HashMap::new(), HashMap::new());
                Index { set: (row.table, column), child, columns, families, parents, pending: Vec::new() }
            }
        };
        let result = index.look_up(self, row, set, keys);
        let result = result.and_then(|()| match index.families.get(&row.uuid) {
            Some(Family::Failed(error)) => Err(error.clone()),
            Some(Family::Known { by_key, .. }) => {
                let found = by_key.get(key);
                self.visit(1 + found.map_or(0, |_| 1));
                Ok(found.map(take).unwrap_or_default())
            }
            None => Ok(R::default()),
        });
        self.keyed.borrow_mut().0.insert(name, index);
        result
    }
}

impl Index {
    /// Brings the index up to date, and the family of `row` into it.
    fn look_up<P: Table, C: Table>(
        &mut self,
        t: &Txn<'_>,
        row: RowId,
        set: Column<P, Vec<Ref<C>>>,
        keys: &Keys<C>,
    ) -> Result<(), ReadError> {
        for pending in std::mem::take(&mut self.pending) {
            t.visit(1);
            match pending {
                Pending::Parent(parent) => self.forget(parent),
                Pending::Element { parent, child } => self.update(t, parent, child, keys),
                Pending::Child(child) => {
                    for parent in self.parents.get(&child).cloned().unwrap_or_default() {
                        self.update(t, parent, child, keys);
                    }
                }
            }
        }
        if self.families.contains_key(&row.uuid) {
            return Ok(());
        }
        let children = t.get(Ref::<P>::new(row.uuid), set)?;
        self.families.insert(row.uuid, Family::Known { keys: HashMap::new(), by_key: HashMap::new() });
        if let Err(error) = t.fetch_sparse(&children, keys.columns, keys.rare) {
            self.fail(row.uuid, error);
            return Ok(());
        }
        for child in children {
            self.put(t, row.uuid, child, keys);
        }
        Ok(())
    }

    fn update<C: Table>(&mut self, t: &Txn<'_>, parent: Uuid, child: Uuid, keys: &Keys<C>) {
        match self.families.get(&parent) {
            // what is not known will not be known before the next round
            None | Some(Family::Failed(ReadError::Missing(_))) => return,
            Some(Family::Failed(_)) => return self.forget(parent),
            Some(Family::Known { .. }) => {}
        }
        self.take(parent, child);
        let row = RowId { table: self.set.0, uuid: parent };
        match t.has_element(row, self.set.1, &Atom::Uuid(child)) {
            Ok(true) => self.put(t, parent, Ref::new(child), keys),
            Ok(false) => {}
            Err(error) => self.fail(parent, error),
        }
    }

    fn put<C: Table>(&mut self, t: &Txn<'_>, parent: Uuid, child: Ref<C>, keys: &Keys<C>) {
        match (keys.of)(t, child) {
            Err(error) => self.fail(parent, error),
            Ok(made) => {
                let child = child.uuid();
                if let Some(Family::Known { keys, by_key }) = self.families.get_mut(&parent) {
                    for key in &made {
                        by_key.entry(key.clone()).or_default().insert(child);
                    }
                    keys.insert(child, made);
                    self.parents.entry(child).or_default().push(parent);
                }
            }
        }
    }

    fn take(&mut self, parent: Uuid, child: Uuid) {
        let Some(Family::Known { keys, by_key }) = self.families.get_mut(&parent) else { return };
        for key in keys.remove(&child).into_iter().flatten() {
            if let Some(children) = by_key.get_mut(&key) {
                children.remove(&child);
            }
        }
        if let Some(parents) = self.parents.get_mut(&child) {
            parents.retain(|other| *other != parent);
        }
    }

    fn forget(&mut self, parent: Uuid) {
        if let Some(Family::Known { keys, .. }) = self.families.remove(&parent) {
            for child in keys.keys() {
                if let Some(parents) = self.parents.get_mut(child) {
                    parents.retain(|other| *other != parent);
                }
            }
        }
    }

    fn fail(&mut self, parent: Uuid, error: ReadError) {
        self.forget(parent);
        // what is missing has been noted
        let error = match error {
            ReadError::Missing(_) => Missing(Vec::new()).into(),
            error => error,
        };
        self.families.insert(parent, Family::Failed(error));
    }
}
