//! mimalloc as the global allocator. Its statistics are printed at exit, after all handlers that
//! still allocate.
//!
//! The first argument names how the program ends: `return`, `exit`, `panic` or `signal`.

use exitmacro::{at_exit, priority};
use std::ptr;
use std::sync::Mutex;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static ORDERS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[at_exit]
fn print_orders() {
    println!("{}", ORDERS.lock().unwrap().join(", "));
}

#[at_exit(priority = priority::TELEMETRY - 100)]
fn print_statistics() {
    // SAFETY: without a function of its own mimalloc prints to stderr, and ignores the argument.
    unsafe { libmimalloc_sys::mi_stats_print_out(None, ptr::null_mut()) }
}

#[exitmacro::main(signals)]
fn main() {
    ORDERS.lock().unwrap().extend(["ink", "paper"].map(str::to_owned));
    exitmacro_endings::end();
}
