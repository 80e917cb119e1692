exitmacro::config! { signals = TERM }

exitmacro::config! { signals, grace = "25s" }

exitmacro::config! { on_signal = reraise }

exitmacro::config! { budget = 5 }

exitmacro::config! { timeout = "0s" }

exitmacro::config! { threads = 0 }

exitmacro::config! { on_failure = 3 }

exitmacro::config! { panic_abort = yes }

fn main() {}
