//! Is one file never written by two?

use super::*;
use std::process::Command;

#[test]
fn the_same_process_cannot_open_a_file_twice() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    std::os::unix::fs::symlink("zoo.db", scratch.join("link.db")).unwrap();
    let opened = zoo(&path);
    for name in [&path, &scratch.join("link.db")] {
        let error = refused(name);
        let expect = format!("{}: the database is in use by this process", name.display());
        assert_eq!(error.to_string(), expect);
    }
    assert!(matches!(create(&path, &schema()), Err(StorageError::Locked { .. })));
    // who only reads needs no lock
    let mut options = OpenOptions::default();
    options.read_only = true;
    let mut reader = open(&path, options).unwrap();
    let done = named(&reader.database, 1, "ant");
    let error = reader.journal.append(&reader.database, &done).unwrap_err().to_string();
    assert_eq!(error, format!("{}: the database file was opened for reading only", path.display()));
    assert!(reader.journal.compact(&reader.database).is_err());
    // and what was refused did not give up the lock
    for release in Release::both() {
        assert_eq!(release.tool(&["compact".as_ref(), path.as_ref()]).status.code(), Some(1));
    }
    drop(opened);
    reopen(&path);
}

#[test]
fn our_lock_keeps_the_c_tool_out() {
    for release in Release::both() {
        let scratch = Scratch::new();
        let path = scratch.join("zoo.db");
        let opened = zoo(&path);
        let output = release.tool(&["compact".as_ref(), path.as_ref()]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("already locked by pid {}", std::process::id())), "{said}");
        assert_eq!(output.status.code(), Some(1));
        drop(opened);
        release.tool_says(&["compact".as_ref(), path.as_ref()]);
    }
}

#[test]
fn a_c_server_keeps_us_out() {
    for release in Release::both() {
        let scratch = Scratch::new();
        let path = scratch.join("zoo.db");
        drop(zoo(&path));
        let folder = scratch.path();
        let mut server = Command::new(release.program("ovsdb-server"));
        server.arg("--detach").arg("--no-chdir").arg("-vconsole:off").arg(&path);
        server.arg(format!("--pidfile={}", folder.join("pid").display()));
        server.arg(format!("--unixctl={}", folder.join("ctl").display()));
        server.arg(format!("--remote=punix:{}", folder.join("sock").display()));
        // with --detach it returns when the database is open
        assert!(server.status().unwrap().success());
        let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
        let pid: u32 = pid.trim().parse().unwrap();
        let error = refused(&path);
        assert!(Command::new("kill").arg(pid.to_string()).status().unwrap().success());
        assert_eq!(error.to_string(), format!("{}: the database is in use by process {pid}", path.display()));
        assert!(matches!(error, StorageError::Locked { pid: holder, .. } if holder == pid));
    }
}
