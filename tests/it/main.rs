//! Behaviour at exit, tested on real processes: each test starts scenario programs and compares
//! what they leave behind.

mod async_handlers;
mod builds;
mod documents;
mod engine;
mod exits;
mod fork;
mod handlers;
mod main_fn;
mod order;
mod output;
mod resources;
mod shutdown;
mod signals;
mod support;
mod surroundings;
mod values;
mod windows;

exitmacro_testing::isolate!();
