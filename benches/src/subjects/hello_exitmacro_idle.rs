//! `exitmacro` linked, nothing declared.

use exitmacro as _;

fn main() {
    exitmacro_benches::hello();
}
