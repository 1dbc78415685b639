//! Command lines that can be pasted into a POSIX shell.

use std::borrow::Cow;

/// A word as a shell reads it back: as it is, or in single quotes.
pub fn quote(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    // no character is special within single quotes but the single quote
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// The words of a command line, quoted and separated by blanks.
pub fn line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn only_words_with_special_characters_are_quoted() {
        let check = |words: &[&str], expect: &str| assert_eq!(line(words.iter().copied()), expect);
        check(&["ovn-nb", "--may-exist", "ls-add", "a", "--"], "ovn-nb --may-exist ls-add a --");
        check(&["set", r"a:b\:c=d"], r"set 'a:b\:c=d'");
        check(&["", "a b", "it's"], r"'' 'a b' 'it'\''s'");
    }

    #[test]
    fn a_shell_reads_the_words_that_were_quoted() {
        let words = [
            "a",
            "",
            " ",
            "a b",
            "a\tb",
            "a\nb",
            "'",
            "''",
            "it's",
            "\"",
            "\\",
            "\\n",
            "$HOME",
            "`ls`",
            "$(ls)",
            "*",
            "?",
            "[a]",
            "{a,b}",
            "~",
            "~root",
            "#a",
            "a#b",
            "!",
            "!!",
            "a;b",
            "a&b",
            "a|b",
            "<a",
            ">a",
            "(a)",
            "a=b",
            "-n",
            "--",
            "%s",
            "é",
            "a'b\\'c",
            "external_ids:neutron\\:router_name=router0",
            "name=\"a b\"",
        ];
        let script = format!("printf '[%s]' {}", line(words));
        let output = Command::new("/bin/sh").arg("-c").arg(script).output().unwrap();
        let expect: String = words.iter().map(|word| format!("[{word}]")).collect();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expect);
    }
}
