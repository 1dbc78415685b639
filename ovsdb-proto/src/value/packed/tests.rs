//! Packed values are the values that were packed, and equal values are equal bytes.

use super::difference::Side;
use super::pack::Elements;
use super::*;
use crate::value::Datum;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn pack(datum: &Datum) -> Vec<u8> {
    Packer::default().pack(datum).bytes().to_vec()
}

fn difference(old: &Datum, new: &Datum, at_most_one: bool) -> Datum {
    let (old, new) = (Packed::new(old), Packed::new(new));
    let mut packer = Packer::default();
    let difference = packer.difference(old.view(), new.view(), at_most_one);
    let datum = difference.to_datum();
    assert_eq!(pack(&datum), difference.bytes(), "a difference is packed as any value is");
    datum
}

fn atom(type_: AtomType) -> BoxedStrategy<Atom> {
    match type_ {
        AtomType::Integer => prop_oneof![any::<i64>(), -2i64..3].prop_map(Atom::Integer).boxed(),
        AtomType::Real => {
            prop_oneof![any::<f64>(), (-2i32..3).prop_map(f64::from), Just(-0.0)].prop_map(Atom::Real).boxed()
        }
        AtomType::Boolean => any::<bool>().prop_map(Atom::Boolean).boxed(),
        AtomType::String => prop_oneof!["[a-c]{0,2}", ".{0,40}", "x{300}"].prop_map(Atom::from).boxed(),
        AtomType::Uuid => {
            prop_oneof![any::<u128>(), 0u128..4].prop_map(|bits| Atom::Uuid(Uuid::from_u128(bits))).boxed()
        }
    }
}

fn type_() -> impl Strategy<Value = AtomType> {
    proptest::sample::select(TYPES.to_vec())
}

fn datum() -> impl Strategy<Value = Datum> {
    let set = |most: usize| {
        type_().prop_flat_map(move |t| proptest::collection::vec(atom(t), 0..most)).prop_map(Datum::set)
    };
    let pairs = |(k, v): (AtomType, AtomType)| proptest::collection::vec((atom(k), atom(v)), 0..9);
    let mixed = || proptest::collection::vec(type_().prop_flat_map(atom), 0..5);
    prop_oneof![
        set(6),
        set(80),
        (type_(), type_()).prop_flat_map(pairs).prop_map(Datum::map),
        mixed().prop_map(Datum::set),
        mixed().prop_map(|atoms| Datum::map(atoms.iter().cloned().zip(atoms.iter().rev().cloned()))),
    ]
}

// two values of one column
fn two() -> impl Strategy<Value = (Datum, Datum)> {
    let changed = |(old, came, gone): (Datum, Datum, Datum)| {
        let new = if old.is_map() == came.is_map() { old.difference(&gone).union(&came) } else { came };
        (old, new)
    };
    let uuids = |range: std::ops::Range<u128>| {
        proptest::collection::vec(range.prop_map(|n| Atom::Uuid(Uuid::from_u128(n))), 0..400)
            .prop_map(Datum::set)
    };
    prop_oneof![
        (datum(), datum(), datum()).prop_map(changed),
        (uuids(0..2000), uuids(0..4), uuids(0..2000)).prop_map(changed)
    ]
}

proptest! {
    #[test]
    fn packed_values_are_the_values_packed(datum in datum()) {
        let bytes = pack(&datum);
        let view = DatumView::new(&bytes);
        prop_assert_eq!(view.to_datum(), datum.clone());
        prop_assert_eq!(view.len(), datum.len());
        prop_assert_eq!(view.is_map(), datum.is_map());
        prop_assert_eq!(view.scalar().map(AtomView::to_atom), datum.scalar().cloned());
        for atom in datum.atoms() {
            prop_assert!(view.contains(atom.view()));
        }
        for (key, value) in datum.pairs() {
            prop_assert_eq!(view.get(key.view()), Some(value.view()));
        }
    }

    #[test]
    fn equal_values_are_equal_bytes(a in datum(), b in datum()) {
        prop_assert_eq!(pack(&a) == pack(&b), a == b);
    }

    #[test]
    fn tests_of_packed_values_are_those_of_values((a, b) in two()) {
        let bytes = [pack(&a), pack(&b)];
        let [x, y] = [DatumView::new(&bytes[0]), DatumView::new(&bytes[1])];
        prop_assert_eq!(x.includes(y), a.includes(&b));
        prop_assert_eq!(x.excludes(y), a.excludes(&b));
    }

    #[test]
    fn atoms_have_one_order(a in type_().prop_flat_map(atom), b in type_().prop_flat_map(atom)) {
        prop_assert_eq!(a.view().cmp(&b.view()), a.cmp(&b));
    }

    #[test]
    fn applying_a_difference_leads_to_the_new_value((old, new) in two()) {
        let change = difference(&old, &new, false);
        prop_assert_eq!(difference(&old, &change, false), new.clone());
        if old.is_map() == new.is_map() {
            let both = old.union(&new);
            prop_assert!(both.keys().includes(&change.keys()));
            prop_assert_eq!(change.is_empty(), old == new);
        }
        prop_assert_eq!(difference(&old, &new, true), new);
    }

    #[test]
    fn elements_apart_are_those_of_one_value_only((old, new) in two()) {
        let bytes = [pack(&old), pack(&new)];
        let (mut gone, mut came) = (BTreeSet::new(), BTreeSet::new());
        DatumView::new(&bytes[0]).for_each_key_apart(DatumView::new(&bytes[1]), |side| match side {
            Side::Old(atom) => assert!(gone.insert(atom.to_atom())),
            Side::New(atom) => assert!(came.insert(atom.to_atom())),
        });
        let keys = |d: &Datum| d.keys().atoms().iter().cloned().collect::<BTreeSet<_>>();
        prop_assert_eq!(gone, &keys(&old) - &keys(&new));
        prop_assert_eq!(came, &keys(&new) - &keys(&old));
        let (mut gone, mut came) = (BTreeSet::new(), BTreeSet::new());
        let own = |(k, v): (AtomView<'_>, AtomView<'_>)| (k.to_atom(), v.to_atom());
        if old.is_map() && new.is_map() {
            DatumView::new(&bytes[0]).for_each_pair_apart(DatumView::new(&bytes[1]), |side| match side {
                Side::Old(pair) => assert!(gone.insert(own(pair))),
                Side::New(pair) => assert!(came.insert(own(pair))),
            });
            let pairs = |d: &Datum| d.pairs().iter().cloned().collect::<BTreeSet<_>>();
            prop_assert_eq!(gone, &pairs(&old) - &pairs(&new));
            prop_assert_eq!(came, &pairs(&new) - &pairs(&old));
        }
    }

    #[test]
    fn elements_in_any_order_are_sorted(atoms in type_().prop_flat_map(|t| proptest::collection::vec(atom(t), 0..9))) {
        let elements = Elements::new(atoms.first().map_or(AtomType::Integer, Atom::atom_type), None);
        let (mut packer, mut out) = (Packer::default(), Vec::new());
        packer.begin();
        atoms.iter().for_each(|atom| packer.key(elements, atom.view()));
        let expected = Datum::try_set(atoms).map(|datum| pack(&datum));
        prop_assert_eq!(packer.finish(&mut out, elements).map(|()| out), expected);
    }
}

#[test]
fn small_values_take_few_bytes() {
    let text = |n: usize| Atom::from("x".repeat(n));
    assert_eq!(pack(&Datum::one("abc")).len(), 1 + 3);
    assert_eq!(pack(&Datum::one(true)).len(), 1 + 1);
    assert_eq!(pack(&Datum::one(Uuid::from_u128(9))), pack_uuid(Uuid::from_u128(9)));
    assert_eq!(pack(&Datum::empty_map()).len(), 2);
    assert_eq!(pack(&Datum::map([(text(3), text(4))])).len(), 2 + 2 + 7);
    assert_eq!(pack(&Datum::set([text(3), text(300)])).len(), 2 + 4 + 303);
    assert_eq!(pack(&Datum::set([text(3), text(70_000)])).len(), 2 + 10 + 70_003);
    let uuids = (0..1000).map(|n| Atom::Uuid(Uuid::from_u128(n)));
    assert_eq!(pack(&Datum::set(uuids)).len(), 1 + 2 + 16_000);
}
