#[exitmacro::at_exit]
fn close() {
    println!("{}", module_path!());
}
