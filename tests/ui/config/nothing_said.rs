exitmacro::config! {}

exitmacro::config! { crate = ::exitmacro }

fn main() {}
