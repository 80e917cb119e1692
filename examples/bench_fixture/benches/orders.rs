//! Benchmarks of criterion that share a fixture: a folder with a file. It is made for the first
//! benchmark that needs it, and removed when they have ended: all were measured, one panicked, or
//! the user pressed Ctrl-C. A plain static is never dropped, so the folder would stay each time.

use criterion::{Criterion, criterion_group, criterion_main};
use exitmacro::AtExitCell;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

// For Ctrl-C. `criterion_main!` writes `main`, so there is no place for `#[exitmacro::main]`.
exitmacro::config! { signals = [INT, TERM] }

static FIXTURE: AtExitCell<TempDir> = AtExitCell::new(make).name("folder of orders");

fn make() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("orders"), "ink\n".repeat(10_000)).expect("the disk has space");
    folder
}

/// A benchmark keeps the path, not the guard: the exit would wait for a guard.
fn orders() -> PathBuf {
    FIXTURE.with(|folder| folder.path().join("orders")).expect("the benchmarks have not ended")
}

fn read(criterion: &mut Criterion) {
    let orders = orders();
    criterion.bench_function("read all orders", |bencher| {
        bencher.iter(|| fs::read(&orders).expect("the file is there"));
    });
}

fn count(criterion: &mut Criterion) {
    let text = fs::read_to_string(orders()).expect("the file is there");
    criterion.bench_function("count the orders", |bencher| bencher.iter(|| text.lines().count()));
}

criterion_group!(benches, read, count);
criterion_main!(benches);
