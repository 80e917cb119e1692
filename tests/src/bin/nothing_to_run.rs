//! Declares nothing. Registers and unregisters if the first argument asks for that, and ends as the
//! second argument names.

fn main() {
    let [_, what, exit_path] =
        std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    if what == "unregistered" {
        let id = exitmacro::register(|| println!("called")).expect("the run has not begun");
        assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
    }
    refuse_threads();
    println!("{}", exitmacro::plan());
    match exit_path.as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        "run by hand" => println!("{}", exitmacro::run()),
        other => panic!("unknown exit path: {other}"),
    }
}

/// A run that needs a thread would now report that it got none.
fn refuse_threads() {
    let one = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
    // SAFETY: the limit is readable. It does not apply to root, so rights are dropped first; for
    // other users that fails, and changes nothing.
    unsafe {
        libc::setgid(54321);
        libc::setuid(54321);
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const one), 0);
    }
    assert!(
        std::thread::Builder::new().spawn(|| ()).is_err(),
        "the system starts a thread all the same"
    );
}
