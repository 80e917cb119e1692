//! How a process ends: every exit path, several exits, and exits of handlers.

mod late_end;
mod late_exit;
mod many_exits;
mod nested_exit;
mod own_sigabrt;
mod paths;
mod plain_main;
mod second_exit;
