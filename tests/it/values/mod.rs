//! Values that are closed at exit: tracked values, statics, cells, guards.

mod allocations;
mod cells;
mod conditional_guards;
mod derived;
mod ending_thread;
mod forked_joins;
mod forked_values;
mod guards;
mod rayon_pool;
mod statics;
mod tracked;
mod value_guards;
mod waits_in_vain;
