exitmacro::config! { signal = [INT] }

exitmacro::config! { priority = 10 }

exitmacro::config! { "10s" }

fn main() {}
