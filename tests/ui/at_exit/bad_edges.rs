use exitmacro::at_exit;

#[at_exit]
fn close_db() {}

#[at_exit(after = close_db)]
fn after_an_equals_sign() {}

#[at_exit(after = close_db, self::no_paths, timeout = "5s")]
fn several_after_an_equals_sign() {}

#[at_exit(before close_db, no_paths)]
fn without_parentheses() {}

#[at_exit(after("close_db", "close the database"))]
fn in_quotes() {}

#[at_exit(after(), before)]
fn nothing_named() {}

#[at_exit(before(close_db(), |_| close_db(), 5))]
fn no_paths() {}

#[at_exit(after(close_db), after(in_quotes no_paths))]
fn twice() {}

#[at_exit(after(in_quotes no_paths))]
fn without_comma() {}

fn main() {}
