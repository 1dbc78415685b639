//! How generated text is broken into lines, as rustfmt breaks it.

use std::cmp::Ordering;

/// Appends a doc comment of these paragraphs, or, with `mark` `//!`, the head of a file, wrapped at `width`.
pub(crate) fn doc(out: &mut String, indent: usize, width: usize, text: &str) {
    let pad = " ".repeat(indent);
    for paragraph in text.split('\n') {
        let mut line = format!("{pad}///");
        for word in paragraph.split(' ').filter(|w| !w.is_empty()) {
            if line.len() + 1 + word.len() > width && line.len() > indent + 3 {
                out.push_str(&line);
                out.push('\n');
                line = format!("{pad}///");
            }
            line.push(' ');
            line.push_str(word);
        }
        out.push_str(&line);
        out.push('\n');
    }
}

/// Appends `use PATH::{items};`, sorted, or nothing if there are no items.
pub(crate) fn import(out: &mut String, width: usize, path: &str, mut items: Vec<&str>) {
    items.sort_by(|a, b| import_order(a, b));
    items.dedup();
    let line = match items.as_slice() {
        [] => return,
        [one] => format!("use {path}::{one};"),
        items => format!("use {path}::{{{}}};", items.join(", ")),
    };
    if line.len() <= width || items.len() == 1 {
        out.push_str(&line);
        out.push('\n');
        return;
    }
    out.push_str(&format!("use {path}::{{\n"));
    let mut line = "   ".to_owned();
    for item in items {
        if line.len() + item.len() + 2 > width {
            out.push_str(&line);
            out.push('\n');
            line = "   ".to_owned();
        }
        line.push_str(&format!(" {item},"));
    }
    out.push_str(&line);
    out.push_str("\n};\n");
}

/// The order of rustfmt (style edition 2024): names all in capitals last, numbers inside names by value.
fn import_order(a: &str, b: &str) -> Ordering {
    let capitals = |s: &str| s.chars().all(|c| !c.is_ascii_lowercase());
    capitals(a).cmp(&capitals(b)).then_with(|| version_order(a.as_bytes(), b.as_bytes()))
}

fn version_order(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        match (a, b) {
            ([x, ..], [y, ..]) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, after_x) = digits(a);
                let (y, after_y) = digits(b);
                let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (after_x, after_y);
            }
            ([x, after_x @ ..], [y, after_y @ ..]) => {
                if x != y {
                    return x.cmp(y);
                }
                (a, b) = (after_x, after_y);
            }
            _ => return a.len().cmp(&b.len()),
        }
    }
}

/// The digits that `text` begins with, without leading zeros, and what follows.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (mut number, rest) = text.split_at(end);
    while let [b'0', after @ ..] = number {
        number = after;
    }
    (number, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_sorted_and_filled() {
        let check = |width, items: &[&str], expect: &str| {
            let mut out = String::new();
            import(&mut out, width, "a", items.to_vec());
            assert_eq!(out, expect);
        };
        check(80, &["B10", "B", "B2", "Bc", "B"], "use a::{Bc, B, B2, B10};\n");
        check(80, &["B"], "use a::B;\n");
        check(80, &[], "");
        check(16, &["Aaa", "Bbb", "Ccc"], "use a::{\n    Aaa, Bbb,\n    Ccc,\n};\n");
    }

    #[test]
    fn docs_are_wrapped() {
        let mut out = String::new();
        doc(&mut out, 4, 20, "one two three four\n\nfive");
        assert_eq!(out, "    /// one two\n    /// three four\n    ///\n    /// five\n");
    }
}
