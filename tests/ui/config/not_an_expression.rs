fn main() {
    let _configured = exitmacro::config! { budget = "5s" };
}
