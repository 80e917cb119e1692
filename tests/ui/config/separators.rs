exitmacro::config! { budget = "5s" timeout = "1s" }

exitmacro::config! { budget = "5s"; timeout = "1s" }

exitmacro::config! { budget: "5s" }

exitmacro::config! { budget = "5s", #[cfg(unix)] termination_message = "x" }

fn main() {}
