exitmacro::config! { crate = nowhere, budget = "20s", signals }

fn main() {}
