fn never() -> ! {
    std::process::exit(1)
}

fn main() {
    _ = exitmacro::register(|| async {});
    _ = exitmacro::register(never);
    _ = exitmacro::register(|| -> ! { std::process::exit(1) });
}
