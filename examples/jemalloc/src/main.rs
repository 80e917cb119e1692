//! jemalloc as the global allocator. Its statistics are printed at exit, after all handlers that
//! still allocate.
//!
//! The argument names how the program ends: `return`, `exit`, `panic` or `signal`.

use exitmacro::{at_exit, priority};
use std::io;
use std::sync::Mutex;
use tikv_jemalloc_ctl::stats_print::{Options, stats_print};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

static ORDERS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[at_exit]
fn print_orders() {
    println!("{}", ORDERS.lock().unwrap().join(", "));
}

#[at_exit(priority = priority::TELEMETRY - 100)]
fn print_statistics() -> io::Result<()> {
    // The totals only. jemalloc writes in many pieces, to which other threads add none.
    let mut options = Options::default();
    options.skip_constants = true;
    options.skip_per_arena = true;
    options.skip_bin_size_classes = true;
    options.skip_large_size_classes = true;
    options.skip_mutex_statistics = true;
    stats_print(io::stderr().lock(), options)
}

#[exitmacro::main(signals)]
fn main() {
    ORDERS.lock().unwrap().extend(["ink", "paper"].map(str::to_owned));
    exitmacro_endings::end();
}
