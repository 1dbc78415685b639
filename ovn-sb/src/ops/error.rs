//! Why an operation could not be done, in the words of the C tool.

use ovsdb_proto::row::ReadError;

/// Why an operation could not be done. The text is what `ovn-sbctl` prints after its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The snapshot does not hold what is needed, or its contents make no sense.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is a chassis of this name already.
    #[error("cannot create a chassis named {0} because a chassis named {0} already exists")]
    ChassisExists(Box<str>),
    /// There is no chassis of this name.
    #[error("no chassis named {0}")]
    NoChassis(Box<str>),
}
