//! What only programs for Windows do. `.ci/windows` runs these tests, under wine.

mod children;
mod console_events;
mod foreign_exit;
mod services;
