exitmacro::config! { budget = "5s" timeout = "1s" }

exitmacro::config! { budget = "5s"; timeout = "1s" }

exitmacro::config! { budget: "5s" }

fn main() {}
