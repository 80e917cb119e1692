//! 1,000 handlers declared with `exitmacro` of one priority in 50 files, 20 in each, which the
//! build script writes.

include!(concat!(env!("OUT_DIR"), "/fifty_files.rs"));

fn main() {
    exitmacro_benches::leave_if_asked();
}
