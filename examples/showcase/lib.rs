//! Nothing: the example is in `main.rs`.
