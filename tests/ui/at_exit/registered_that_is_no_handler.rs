fn never() -> ! {
    std::process::exit(1)
}

async fn number() -> u32 {
    1
}

fn main() {
    _ = exitmacro::register(async || 1);
    _ = exitmacro::register(number);
    _ = exitmacro::register(async |_: &u32| {});
    _ = exitmacro::register(never);
    _ = exitmacro::register(|| -> ! { std::process::exit(1) });
}
