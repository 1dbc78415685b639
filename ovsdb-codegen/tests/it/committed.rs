//! Are the committed bindings what the generator makes of the committed schemas?

use ovsdb_codegen::{Options, SCHEMA_FILE, compare, generate};
use ovsdb_proto::schema::DatabaseSchema;
use std::path::Path;

/// The folders in this repository, and where their schemas come from. To take in a new release:
/// `cargo run -p ovsdb-codegen -- NEW.ovsschema --out FOLDER --origin "OVN x.y.z" --width 110`, and the origin here.
const BINDINGS: [(&str, &str); 5] = [
    ("ovn-nb/src/tables", "OVN 26.03.1"),
    ("ovn-sb/src/tables", "OVN 26.03.1"),
    ("ovn-ic/src/nb/tables", "OVN 26.03.1"),
    ("ovn-ic/src/sb/tables", "OVN 26.03.1"),
    ("ovs-vswitch/src/tables", "Open vSwitch 4.0.0"),
];

#[test]
fn bindings_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (folder, origin) in BINDINGS {
        let folder = root.join(folder);
        let text = std::fs::read_to_string(folder.join(SCHEMA_FILE)).unwrap();
        let schema = DatabaseSchema::parse_strict(&text).unwrap();
        let mut options = Options::default();
        options.origin = Some(origin.to_owned());
        options.width = 110;
        compare(&folder, &generate(&schema, &options)).unwrap();
    }
}
