exitmacro::config! { budget = "5s", crate = "exitmacro" }

fn main() {}
