//! How does `--oneline` put the text that a command prints on one line?

/// The line for `text`, with its line end: a final line feed is dropped, others become `\n`, backslashes are doubled.
/// Every command has a line, be it empty. Tables are not printed this way.
pub fn one_line(text: &str) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let mut line = String::with_capacity(body.len() + 1);
    for c in body.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\\' => line.push_str("\\\\"),
            _ => line.push(c),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with ovn-nbctl 26.03.
    #[test]
    fn lines() {
        let check = |text: &str, expect: &str| assert_eq!(one_line(text), expect, "{text:?}");
        check("", "\n");
        check("\n", "\n");
        check("\n\n", "\\n\n");
        check("a (x)\nb (y)\n", "a (x)\\nb (y)\n");
        check("\"a\\\\b\"\n", "\"a\\\\\\\\b\"\n");
        check("x\ty\u{1}é\r", "x\ty\u{1}é\r\n");
    }
}
