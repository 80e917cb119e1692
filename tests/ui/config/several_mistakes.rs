exitmacro::config! { signals = [KILL, FOO], on_signal = raise, budget = 5, budget = "6s", colour = red }

fn main() {}
