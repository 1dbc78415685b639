//! Why an operation could not be done, in the words of the C tool.

use ovsdb_proto::row::ReadError;

/// Why an operation could not be done. The text is what `ovn-ic-nbctl` prints after its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The snapshot does not hold what is needed, or its contents make no sense.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is a transit switch of this name already.
    #[error("{0}: a transit switch with this name already exists")]
    SwitchExists(Box<str>),
    /// There is no transit switch of this name, or of this UUID if the argument is one.
    #[error("{name}: switch {} not found", if *.by_uuid { "UUID" } else { "name" })]
    NoSwitch {
        /// The name or UUID as given.
        name: Box<str>,
        /// Whether the argument is a UUID.
        by_uuid: bool,
    },
}
