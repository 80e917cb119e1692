//! The workspace is written, built and run.

mod builds;

exitmacro_testing::isolate!();
