//! What the scripts hold, and what bash makes of its own.

use super::*;
use crate::ctl::command::sample::TABLE;
use crate::ctl::persona::Tool;
use std::process::Command;

fn text(shell: Shell) -> String {
    script(shell, &Persona::new(Tool::Nb, "/b/ovn-nb"), &TABLE)
}

#[test]
fn scripts_hold_what_the_table_holds() {
    for shell in ["bash", "zsh", "fish"].map(|name| Shell::from_name(name).unwrap()) {
        let text = text(shell);
        for word in ["lr-route-add", "ls-del", "may-exist", "max-column-width", "ovn-nb"] {
            assert!(text.contains(word), "{shell:?} {word}");
        }
        for word in ["detach", "@", "/b/"] {
            let found =
                text.replace("\"${COMPREPLY[@]}\"", "").replace("[@]", "").replace("$@", "").contains(word);
            assert!(!found, "{shell:?} {word}");
        }
    }
    assert!(text(Shell::Zsh).contains("        'ls-add:does it'\n"));
    assert!(
        text(Shell::Fish).contains("complete -c ovn-nb -f -n __ovn_nb_at_command -a ls-add -d 'does it'\n")
    );
    assert!(text(Shell::Fish).contains(" -l timeout -s t -r -d "));
    assert_eq!(Shell::from_name("csh"), None);
}

/// Asks bash, which every system with these tools has.
#[test]
fn bash_completes() {
    let check = |words: &[&str], expect: &[&str]| {
        let list: String = words.iter().map(|w| format!(" '{w}'")).collect();
        let program = format!(
            "{}\ncompopt() {{ :; }}\nCOMP_WORDS=(ovn-nb{list}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_ovn_nb\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            text(Shell::Bash)
        );
        let output = Command::new("bash").args(["--norc", "-c", &program]).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let found: Vec<&str> = stdout.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(found, expect, "{words:?} {}", String::from_utf8_lossy(&output.stderr));
    };
    check(&["ls-"], &["ls-add", "ls-del", "ls-list"]);
    check(&["--may"], &["--may-exist"]);
    check(&["--ti"], &["--timeout=", "--tier="]);
    check(&["-t", "5", "li"], &["list"]);
    check(&["-t", "li"], &[]);
    check(&["--db", "=", "tcp:1.2.3.4:5", "--oneline", "in"], &["init"]);
    check(&["--format", "=", "li"], &[]);
    check(&["ls-add", "li"], &[]);
    check(&["ls-add", "sw0", "--", "li"], &["list"]);
    check(&["ls-add", "sw0", "--", "--ti"], &["--tier="]);
    check(&["ls-add", "sw0", "--", "--if-exists", "ls-d"], &["ls-del"]);
}
