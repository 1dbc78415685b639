//! Where does the demonstration take place: which databases are there, who serves them, and where are their sockets?

use super::script::{Place, Tool};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::engine::Database;
use ovsdb_server::listen::Server;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Servers in a thread of this process, with sockets in a temporary folder, both gone when this is dropped.
#[derive(Debug)]
pub(super) struct Stage {
    folder: PathBuf,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

type SchemaFn = fn() -> &'static Arc<DatabaseSchema>;

const DATABASES: [(Tool, SchemaFn); 5] = [
    (Tool::Nb, ovn_nb::tables::schema),
    (Tool::Sb, ovn_sb::tables::schema),
    (Tool::Vs, ovs_vswitch::tables::schema),
    (Tool::IcNb, ovn_ic::nb::tables::schema),
    (Tool::IcSb, ovn_ic::sb::tables::schema),
];

/// Whose databases these are: the interconnection databases are at one place, the others in each zone.
fn held(at: Place, tool: Tool) -> bool {
    matches!(tool, Tool::IcNb | Tool::IcSb) == (at == Place::Ic)
}

impl Stage {
    /// Makes the folder, and serves all databases, which are empty.
    pub(super) fn start() -> Result<Stage, String> {
        let name = format!("ovn-interconnect-{}", std::process::id());
        let mut stage = Stage { folder: std::env::temp_dir().join(name), end: None, thread: None };
        let (end, ended) = oneshot::channel();
        let (ready, is_ready) = mpsc::sync_channel(1);
        for at in Place::ALL {
            let folder = stage.folder(at);
            std::fs::create_dir_all(&folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        }
        let folder = stage.folder.clone();
        let thread = std::thread::Builder::new().name("databases".to_owned());
        let thread = thread.spawn(move || serve(&folder, ended, &ready));
        stage.thread = Some(thread.map_err(|e| format!("cannot start a thread: {e}"))?);
        stage.end = Some(end);
        is_ready.recv().map_err(|_| "the servers have ended by themselves".to_owned())??;
        Ok(stage)
    }

    /// Where the files of a place are.
    pub(super) fn folder(&self, at: Place) -> PathBuf {
        self.folder.join(at.name())
    }

    /// What the tool at that place connects to.
    pub(super) fn remote(&self, at: Place, tool: Tool) -> String {
        let at = if held(at, tool) { at } else { Place::Ic };
        format!("unix:{}", socket(&self.folder, at, tool).display())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            // it has nothing to tell
            let _ = thread.join();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn socket(folder: &Path, at: Place, tool: Tool) -> PathBuf {
    folder.join(at.name()).join(format!("{}.sock", tool.name()))
}

/// Serves until the other side of `ended` is gone.
fn serve(folder: &Path, ended: oneshot::Receiver<()>, ready: &mpsc::SyncSender<Result<(), String>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return drop(ready.send(Err(format!("cannot start the servers: {error}")))),
    };
    runtime.block_on(async {
        let mut servers = Vec::new();
        for at in Place::ALL {
            for (tool, schema) in DATABASES.into_iter().filter(|(tool, _)| held(at, *tool)) {
                let database = Database::new(Arc::clone(schema()));
                let remote = format!("punix:{}", socket(folder, at, tool).display());
                match Server::builder().database(database, None).remote(remote).start().await {
                    Ok((server, driver)) => {
                        tokio::spawn(driver);
                        servers.push(server);
                    }
                    Err(error) => return drop(ready.send(Err(format!("cannot serve: {error}")))),
                }
            }
        }
        drop(ready.send(Ok(())));
        // an error is what is waited for: nothing is ever sent
        let _ = ended.await;
        for server in servers {
            server.shutdown().await;
        }
    });
}
