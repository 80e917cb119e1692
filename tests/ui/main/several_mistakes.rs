#[exitmacro::main(signal, grace = "30s", on_failure = code(0), on_signal = raise)]
async fn main<T>(_argument: T) {}
