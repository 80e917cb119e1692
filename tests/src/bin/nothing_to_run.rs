//! Declares nothing. Registers and takes back if the first argument says so, and ends as the second
//! one says.

fn main() {
    let [_, what, way] = std::env::args().collect::<Vec<_>>().try_into().expect("two arguments");
    if what == "taken back" {
        let id = exitmacro::register(|| println!("called")).expect("the run has not begun");
        assert_eq!(exitmacro::unregister(id), exitmacro::Unregistered::Removed);
    }
    refuse_threads();
    println!("{}", exitmacro::plan());
    match way.as_str() {
        "return" => {}
        "std exit" => std::process::exit(3),
        // SAFETY: only this thread exits.
        "c exit" => unsafe { libc::exit(3) },
        "exitmacro exit" => exitmacro::exit(3),
        "run by hand" => println!("{}", exitmacro::run()),
        other => panic!("unknown way out: {other}"),
    }
}

/// A run that wanted a thread would now say that it got none.
fn refuse_threads() {
    let one = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
    // SAFETY: the limit is readable. Root knows no such limit, so that rights are given up first;
    // for others that fails, and changes nothing.
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
