fn main() {
    exitmacro::config! { timeout = "3s" }

    exitmacro::register(|| ()).expect("the run has not begun");
    assert_eq!(exitmacro::plan().handlers()[0].timeout(), std::time::Duration::from_secs(3));
}
